// Why this answer: g(Ax + b) with the numbers of this drawing, for the answer or any other class.
import { fillChoices } from "../choices.ts";
import { create, createTitle, setText } from "../dom.ts";
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
import "./why.css";

type Show = (state: PageState) => void;

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("reason");
  let show: Show | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    section.replaceChildren();
    show = subject && build(section, store, subject);
  });
  watchVisible(store, section, ["model", "prediction", "placed", "pointed", "picked"], (state) => show?.(state));
}

/** The answer in one sentence. */
function leadOf({ labels, logits, shares, answer, shown, rival, ...view }: View): readonly [string, string] {
  const score = (index: number) => signed(logits[index] ?? 0);
  const label = labels[shown] ?? "";
  const winner = labels[answer] ?? "";
  if (view.source === "empty") {
    const share = percent(shares[answer] ?? 0);
    const lead = view.hasBias ? say.why.emptyLead(winner, share) : say.why.emptyEqual(share);
    return [say.why.whatOfEmpty, view.onPad === "empty" ? `${lead} ${say.why.drawAbove}` : lead];
  }
  if (shown !== answer) {
    const behind = fixed((logits[answer] ?? 0) - (logits[shown] ?? 0), 2);
    return [say.why.whyNot(label), say.why.behind(score(shown), behind, winner)];
  }
  const next = rival === null ? "" : ` ${say.why.nextBest(labels[rival] ?? "", score(rival))}`;
  return [say.why.why(label), say.why.highest(score(shown)) + next];
}

/** Fill the section for one model. @returns A function that shows a state. */
function build(section: HTMLElement, store: Store, subject: Subject): Show {
  let prediction: PageState["prediction"] = null;
  let isEmpty = false;
  let view = viewOf(subject, store.state, isEmpty);

  const head = createHead(section, store, subject);
  const ledger = createLedger();
  const pictures = createPictures(subject, (pixel) => {
    ledger.point(pixel);
  });
  const stage = create("div", "sum-stage", create("h3", "", say.why.sumTitle), pictures.element);
  const fall = createFall(stage);
  const rest = followRest(store, ledger.element, fall, () => {
    fall.start(pictures.products, view.image, ledger.pieces());
  });
  stage.append(create("div", "buttons", rest.button), ledger.element);
  const softmax = createSoftmax(store, subject, (wantsEmpty) => {
    isEmpty = wantsEmpty;
    begin(store.state);
  });
  const versus = createVersus(subject);
  const formula = createFormula(subject, view.hasBias);
  section.append(head.element, formula, stage, ...softmax.elements, versus.element);

  const begin = (state: PageState) => {
    softmax.begin(viewOf(subject, state, isEmpty));
    show(state);
  };
  const show = (state: PageState) => {
    view = viewOf(subject, state, isEmpty);
    for (const part of [head, pictures, ledger, softmax, versus]) part.show(view);
    rest.changed(view);
  };
  return (state) => {
    // What was moved was moved for one drawing.
    if (state.prediction === prediction) {
      show(state);
      return;
    }
    prediction = state.prediction;
    isEmpty = false;
    begin(state);
  };
}

function createHead(
  section: HTMLElement,
  store: Store,
  { labels }: Subject,
): { readonly element: HTMLElement; readonly show: Part } {
  const title = createTitle(section, say.why.title);
  const [question, reply] = [create("strong", "why-question"), create("span", "why-reply")];
  const group = create("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", say.why.choices);
  const choices = fillChoices(group, labels, (index) => {
    pick(store, index);
  });
  for (const [index, button] of choices.buttons.entries()) explainOnPoint(store, button, index);
  return {
    element: create("div", "why-head", title, create("p", "why-lead", question, " ", reply), group),
    show(view) {
      choices.mark(store.state.picked, view.shown);
      const [why, because] = leadOf(view);
      setText(question, why);
      setText(reply, because);
    },
  };
}
