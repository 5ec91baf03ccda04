// Softmax: all scores on one number line, e to their power, and the division by the total; as a figure that can be moved, and as a
// table.
import { create, createButton, createHeader, rich, setText } from "../dom.ts";
import { fixed, percent, scientific, signed } from "../format.ts";
import { say } from "../language.ts";
import type { Subject } from "../subject.ts";
import { comparison } from "../tables.ts";
import { conclude } from "./conclusion.ts";
import { createCurve, createStack } from "./curve.ts";
import { createLine, type LineEvents } from "./line.ts";
import type { Domain } from "./line-layout.ts";
import { scoresOf, type View } from "./view.ts";
import { changeOf, type Outcome, type WhatIf } from "./whatif.ts";

export interface SharesEvents extends Omit<LineEvents, "name"> {
  /** Every score is to be 1 higher. */
  readonly lift: () => void;
  readonly back: () => void;
}

const symbol = (letter: string) => create("i", "", letter);
const power = () => create("span", "", symbol("e"), create("sup", "", symbol("z")));

export function createShares({ labels, styles }: Subject, events: SharesEvents) {
  const [curve, stack] = [createCurve(), createStack(labels)];
  const conclusion = create("p", "conclusion");
  // The effect of a press is announced; a slider tells its own value.
  const loudly = (act: () => void) => () => {
    conclusion.setAttribute("aria-live", "polite");
    act();
  };
  const line = createLine(labels, {
    ...events,
    name: say.why.scoreOf,
    move(index, value) {
      conclusion.removeAttribute("aria-live");
      events.move(index, value);
    },
  });
  const lift = createButton("action lift", loudly(events.lift), say.why.lift);
  const back = createButton("action back", loudly(events.back));
  const table = createTable(labels, styles);
  const title = create("h3", "", say.why.softmaxTitle);
  const lead = create("p", "explains", ...rich(say.why.softmaxLead, { z: symbol("z"), p: symbol("p") }));
  if (styles > 1) lead.append(" ", ...rich(say.why.ways.softmax(styles), { p: symbol("p") }));
  const axis = create("p", "figure-note", ...rich(say.why.heights, { power: power() }));
  const total = create("p", "figure-note", ...rich(say.why.endToEnd, { power: power(), p: symbol("p") }));
  const figure = create("div", "softmax-figure", axis, curve.element, line.element, total, stack.element);
  const element = create(
    "div",
    "shares",
    title,
    lead,
    create("div", "softmax", figure, conclusion, create("div", "buttons", lift, back)),
    table.element,
  );

  return {
    element,
    handles: line.handles,
    show(view: View, whatIf: WhatIf, outcome: Outcome, domain: Domain) {
      const { shown, source } = view;
      const { scores, shares, answer } = outcome;
      const isMoved = changeOf(whatIf).kind !== "none";
      const says = (index: number) => say.why.scoreValue(signed(scores[index]!), percent(shares[index]!));
      line.show({ domain, values: scores, before: scoresOf(view), shown, answer, says });
      curve.show(domain, outcome, shown);
      stack.show(outcome, shown);
      table.show(outcome, shown);
      element.classList.toggle("what-if", isMoved);
      setText(conclusion, conclude(view, whatIf, outcome));
      setText(back, say.why.back[source]);
      back.setAttribute("aria-disabled", String(!isMoved));
    },
  };
}

/** Four decimal places, or two digits and a power of ten if the number is too small. */
const writePower = (value: number): string =>
  value > 0 && value < 0.0001 ? scientific(value) : value === 0 ? "0" : fixed(value, 4);

function createTable(labels: readonly string[], styles: number) {
  const rows = labels.map((label) => {
    const cells = [create("td", ""), create("td", ""), create("td", "")];
    return { row: create("tr", "", createHeader("row", label), ...cells), cells };
  });
  const { columns } = say.why;
  const exponent = create("sup", "", ...rich(columns.power, { z: symbol("z") }));
  const headings = [
    createHeader("col", create("span", "unseen", say.why.answer)),
    createHeader("col", ...rich(columns.score, { z: symbol("z") })),
    createHeader("col", ...(styles > 1 ? ["Σ "] : []), symbol("e"), exponent),
    createHeader("col", ...rich(columns.share, { p: symbol("p") })),
  ];
  const total = create("td", "powers-total");
  const foot = createHeader("row", columns.total);
  foot.colSpan = 2;
  const note = create("p", "note");
  const table = comparison(
    say.why.tableCaption,
    headings,
    rows.map(({ row }) => row),
  );
  table.append(create("tfoot", "", create("tr", "", foot, total, create("td", "shares-total", percent(1)))));
  return {
    element: create("div", "shares-table", table, note),
    show({ scores, largest, powers, total: sum, shares, answer }: Outcome, shown: number) {
      for (const [index, { row, cells }] of rows.entries()) {
        const texts = [signed(scores[index]!), writePower(powers[index]!), percent(shares[index]!)];
        for (const [place, cell] of cells.entries()) setText(cell, texts[place] ?? "");
        row.classList.toggle("shown", index === shown);
        row.classList.toggle("winner", index === answer);
      }
      setText(total, writePower(sum));
      setText(note, say.why.largestSubtracted(signed(largest)));
    },
  };
}
