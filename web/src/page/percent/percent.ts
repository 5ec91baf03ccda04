// Stop 4: only the gaps count. Softmax as a figure whose scores can be moved. A move asks "what
// if"; no other stop shows it.
import { create, createButton, fillPanel, setText } from "../dom.ts";
import { viewOf, type View } from "../explain.ts";
import { percent, signed } from "../format.ts";
import { say } from "../language.ts";
import type { PageState, Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { domainOf, type Domain } from "./line-layout.ts";
import "./percent.css";
import { createHill, createSlices } from "./plot.ts";
import { outcomeOf } from "./softmax.ts";
import { createTags } from "./tags.ts";

/** Points between the first two of a close race. */
const CLOSE = 0.5;
/** Moves below it are the rounding errors of moving there and back. */
const NOTHING = 1e-9;

export function mount(section: HTMLElement, store: Store): void {
  let show: ((state: PageState) => void) | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    fillPanel(section);
    show = subject && build(section, store, subject);
  });
  watchVisible(store, section, ["model", "prediction", "picked"], (state) => show?.(state));
}

/** Fill the section for one model. @returns A function that shows a state. */
function build(section: HTMLElement, store: Store, subject: Subject): (state: PageState) => void {
  const { labels } = subject;
  const nothing = labels.map(() => 0);
  let moves: readonly number[] = nothing;
  let view: View = viewOf(subject, store.state);
  let domain: Domain = domainOf(view.scores);
  let prediction: PageState["prediction"] = null;

  const isMoved = (index: number) => Math.abs(moves[index]!) > NOTHING;
  const [hill, slices] = [createHill(labels), createSlices(labels)];
  const note = create("p", "note");
  note.setAttribute("role", "status");
  const tags = createTags(labels, {
    press(index) {
      store.update({ picked: index });
    },
    drop() {
      change(moves);
    },
    move(index, score) {
      moves = moves.map((move, at) => (at === index ? score - view.scores[index]! : move));
      render();
    },
  });
  const close = createButton(
    "action primary",
    () => {
      const { answer, next, scores } = outcomeOf(view.scores);
      // The same for all but the answer: among them, nothing changes.
      const by = next === null ? 0 : scores[answer]! - scores[next]! - CLOSE;
      change(scores.map((_, index) => (index === answer ? -Math.max(0, by) : 0)));
    },
    say.percent.close,
  );
  const lift = createButton(
    "action",
    () => {
      change(
        moves.map((move) => move + 1),
        say.percent.lifted,
      );
    },
    say.percent.lift,
  );
  const reset = createButton(
    "action",
    () => {
      domain = domainOf(view.scores);
      change(nothing);
    },
    say.percent.reset,
  );
  const buttons = create("div", "buttons", close, lift, reset, note);
  fillPanel(
    section,
    create(
      "div",
      "stack percent-figure",
      create("div", "plot", hill.element, tags.element),
      slices.element,
      buttons,
    ),
  );

  /** The number line keeps its ends, unless a score has left it. */
  function change(next: readonly number[], words = ""): void {
    moves = next;
    const scores = view.scores.map((score, index) => score + moves[index]!);
    if (scores.some((score) => score <= domain.low || score >= domain.high))
      domain = domainOf([...view.scores, ...scores]);
    render(words);
  }

  function render(words = ""): void {
    const outcome = outcomeOf(view.scores.map((score, index) => score + moves[index]!));
    const { scores, shares, answer } = outcome;
    const isDoubtful = Boolean(store.state.trust?.doubt);
    const isChanged = moves.some((_, index) => isMoved(index));
    const marked = isChanged && !isDoubtful ? answer : view.marked;
    const says = (index: number) =>
      [signed(scores[index]!, 1), ...(isDoubtful ? [] : [percent(shares[index]!)])].join(", ");
    tags.show({ domain, scores, marked, isRead: store.state.prediction !== null, isMoved, says });
    hill.show(domain, outcome, marked);
    slices.show(outcome, marked, isDoubtful);
    reset.setAttribute("aria-disabled", String(!isChanged));
    const told = say.percent.moved(labels[answer]!, percent(shares[answer]!));
    const { prediction } = store.state;
    setText(note, words || (isChanged && !isDoubtful ? told : prediction ? "" : say.percent.blank));
  }

  return (state) => {
    view = viewOf(subject, state);
    if (state.prediction !== prediction) {
      moves = nothing; // what was moved was moved for one drawing
      domain = domainOf(view.scores);
    }
    prediction = state.prediction;
    render();
  };
}
