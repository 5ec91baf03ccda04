// Why this answer: g(Ax + b) with the numbers of this drawing, for the answer or any other class.
import { fillChoices } from "../choices.ts";
import { create, fillPanel, setText } from "../dom.ts";
import { fixed, percent, signed } from "../format.ts";
import { say } from "../language.ts";
import { explainOnPoint, pick, type PageState, type Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { createFall } from "./fall.ts";
import { createFormula } from "./formula.ts";
import { createLedger } from "./ledger.ts";
import { createPictures } from "./pictures.ts";
import { followRest } from "./rest.ts";
import { createSoftmax } from "./softmax.ts";
import { createVersus } from "./versus.ts";
import { viewOf, type Part, type View } from "./view.ts";
import { createWays } from "./ways.ts";
import "./votes.css";

type Show = (state: PageState) => void;

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("reason");
  let show: Show | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    fillPanel(section);
    show = subject && build(section, store, subject);
  });
  watchVisible(store, section, ["model", "prediction", "placed", "pointed", "picked"], (state) => show?.(state));
}

/** The answer in one sentence. */
function leadOf({ labels, ways, shares, answer, shown, rival, ...view }: View): readonly [string, string] {
  const score = (index: number) => signed(ways[index]!.score);
  const label = labels[shown] ?? "";
  const winner = labels[answer] ?? "";
  if (view.source === "empty") {
    const share = percent(shares[answer] ?? 0);
    const lead = view.hasBias ? say.why.emptyLead(winner, share) : say.why.emptyEqual(share);
    return [say.why.emptyPage, `${lead} ${say.why.drawAbove}`];
  }
  if (view.styles > 1) {
    const question = shown === answer ? say.why.why(label) : say.why.whyNot(label);
    const way = (ways[shown]!.row % view.styles) + 1;
    return [question, say.why.ways.lead(label, way, score(shown), view.styles, percent(shares[shown]!))];
  }
  if (shown !== answer) {
    const behind = fixed(ways[answer]!.score - ways[shown]!.score, 2);
    return [say.why.whyNot(label), say.why.behind(score(shown), behind, winner)];
  }
  const next = rival === null ? "" : ` ${say.why.nextBest(labels[rival] ?? "", score(rival))}`;
  return [say.why.why(label), say.why.highest(score(shown)) + next];
}

/** Fill the section for one model. @returns A function that shows a state. */
function build(section: HTMLElement, store: Store, subject: Subject): Show {
  let prediction: PageState["prediction"] = null;
  let view = viewOf(subject, store.state);

  const head = createHead(store, subject);
  const ledger = createLedger();
  const pictures = createPictures(subject, (pixel) => {
    ledger.point(pixel);
  });
  const stage = create("div", "sum-stage", create("h3", "", say.why.sumTitle), pictures.element);
  const fall = createFall(stage);
  const rest = followRest(store, ledger.element, fall, () => {
    fall.start(pictures.products, view.image, ledger.pieces());
  });
  const ways = createWays(subject);
  stage.append(create("div", "buttons", rest.button), ledger.element, ways.element);
  const softmax = createSoftmax(store, subject);
  softmax.begin(view);
  const versus = createVersus(subject);
  const formula = createFormula(subject, view.hasBias);
  fillPanel(section, head.element, formula, stage, softmax.element, versus.element);

  return (state) => {
    view = viewOf(subject, state);
    if (state.prediction !== prediction) softmax.begin(view); // what was moved was moved for one drawing
    prediction = state.prediction;
    for (const part of [head, pictures, ledger, ways, softmax, versus]) part.show(view);
    rest.changed(view);
  };
}

function createHead(store: Store, { labels }: Subject): { readonly element: HTMLElement; readonly show: Part } {
  const [question, reply] = [create("strong", "why-question"), create("span", "why-reply")];
  const group = create("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", say.why.choices);
  const choices = fillChoices(group, labels, (index) => {
    pick(store, index);
  });
  for (const [index, button] of choices.buttons.entries()) explainOnPoint(store, button, index);
  return {
    element: create("div", "why-head", create("p", "why-lead", question, " ", reply), group),
    show(view) {
      choices.mark(store.state.picked, view.shown);
      const [why, because] = leadOf(view);
      setText(question, why);
      setText(reply, because);
    },
  };
}
