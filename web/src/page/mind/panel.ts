// The elements of the panel.
import { fillChoices } from "../choices.ts";
import { create, createButton, fillPanel, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { rove } from "../roving.ts";
import type { Subject } from "../subject.ts";
import type { Way } from "./fewest.ts";
import { createGrid } from "./grid.ts";
import { describePixel, leadWords, resultWords, sumWords, type View } from "./words.ts";

interface Actions {
  /** @param isNew A new change begins; otherwise the last one goes on. */
  readonly paint: (pixels: readonly number[], isNew: boolean) => void;
  readonly want: (index: number) => void;
  readonly take: (tool: Way) => void;
}

const isOn = (button: Element) => button.getAttribute("aria-disabled") !== "true";

const group = (className: string, ...children: Node[]) => {
  const element = create("div", className, ...children);
  element.setAttribute("role", "group");
  return element;
};

export function createPanel(section: HTMLElement, { labels, image }: Subject, actions: Actions) {
  const words = say.mind;
  let shown: View | null = null;

  const lead = create("p", "change-lead");
  const question = create("h3", "", words.question);
  question.id = "change-question";
  const answers = group("choices");
  answers.setAttribute("aria-labelledby", question.id);
  const choices = fillChoices(answers, labels, actions.want);
  const tools = createTools(actions.take);
  const grid = createGrid(image, {
    paint: actions.paint,
    describe: (pixel) => (shown ? describePixel(shown, pixel) : ""),
  });
  const result = create("p", "change-result");
  result.setAttribute("role", "status");
  const sum = create("p", "note");
  const apply = createButton("action change-apply", () => {
    if (shown && isOn(apply)) actions.paint(shown.change.pixels, true);
  });
  const undo = createButton(
    "action change-undo",
    () => {
      if (isOn(undo)) document.querySelector<HTMLElement>(".undo")?.click(); // the pad's
    },
    words.undo,
  );
  fillPanel(
    section,
    create("div", "change-question", lead, question, answers, tools.element),
    create("div", "change-picture", grid.element, create("p", "note", words.note)),
    create("div", "change-answer", result, sum, create("div", "buttons", apply, undo)),
  );
  rove(answers);

  return {
    /** @param isChanged True if the pad shows a changed picture. */
    show(view: View | null, way: Way, isChanged: boolean) {
      shown = view;
      tools.mark(way);
      setText(lead, view ? leadWords(view, percent(view.share)) : words.empty);
      setText(result, view ? resultWords(view) : "");
      setText(sum, view ? sumWords(view) : "");
      choices.mark(view?.goal ?? null, view?.answer ?? null);
      const pixels = view?.change.pixels ?? [];
      grid.show(view?.picture ?? null, pixels, words.gridName);
      setText(apply, words.apply[way](pixels.length));
      // Not `disabled`: a button that is pressed and then disabled would lose the keyboard focus.
      apply.setAttribute("aria-disabled", String(pixels.length === 0));
      undo.setAttribute("aria-disabled", String(!isChanged));
    },
  };
}

function createTools(take: (tool: Way) => void) {
  const words = say.mind;
  const tool = (way: Way) =>
    createButton(
      "action",
      () => {
        take(way);
      },
      words.tools[way],
    );
  const buttons = { erase: tool("erase"), add: tool("add") };
  const element = group("change-tools buttons", buttons.erase, buttons.add);
  element.setAttribute("aria-label", words.toolsName);
  return {
    element,
    mark(pressed: Way): void {
      for (const way of ["erase", "add"] as const) buttons[way].setAttribute("aria-pressed", String(way === pressed));
    },
  };
}
