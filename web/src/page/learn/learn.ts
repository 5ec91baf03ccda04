// A step on your drawing: the tutorial's stochastic gradient descent on what is on the pad. It trains a copy of the weights: the
// published model stays as it is.
import type { Manifest } from "../../runtime/manifest.ts";
import { fillChoices } from "../choices.ts";
import { create, createButton, fillPanel, rich, setText } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import type { Placed, Store } from "../state.ts";
import { linearSubjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { createChanges } from "./changes.ts";
import { createChart } from "./chart.ts";
import { conclude } from "./conclusion.ts";
import "./learn.css";
import { learn, ratesOf, reset, startLesson, withInput, withTruth, type Lesson } from "./lesson.ts";
import { createMisread } from "./misread.ts";
import { rateNote, rateText } from "./rates.ts";
import { createTable } from "./table.ts";

/** Steps of the larger button. */
const MANY = 20;

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("learn");
  let follow: (() => void) | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = linearSubjectOf(model);
    fillPanel(section);
    follow = subject && build(section, store, subject);
    follow?.();
  });
  watchVisible(store, section, ["prediction"], () => follow?.());
}

/** The rule of a step, and what its letters stand for. */
function introduction({ training, origin }: Manifest): readonly HTMLElement[] {
  const told =
    training && !origin
      ? say.learn.training(whole(training.training_images), whole(training.epochs), training.batch_size)
      : "";
  const formula = create("p", "formula");
  formula.setAttribute("role", "img");
  formula.setAttribute("aria-label", say.learn.formulaAloud);
  const [bold, italic] = [(letter: string) => create("b", "", letter), (letter: string) => create("i", "", letter)];
  formula.append(
    bold("A"),
    " ← ",
    bold("A"),
    " − ",
    italic("η"),
    " (",
    italic("p"),
    " − ",
    italic("y"),
    ") ",
    bold("x"),
  );
  const letters = { x: bold("x"), input: bold("x"), p: italic("p"), y: italic("y"), eta: italic("η") };
  return [
    ...(told ? [create("p", "intro", told)] : []),
    formula,
    create("p", "intro letters", ...rich(say.learn.letters, letters)),
  ];
}

function group(title: string, name: string) {
  const buttons = create("div", "choices");
  const heading = create("h3", "", title);
  heading.id = `learn-${name}`;
  buttons.setAttribute("role", "group");
  buttons.setAttribute("aria-labelledby", heading.id);
  return { buttons, element: create("div", `question ${name}`, heading, buttons) };
}

/** Fill the section for one model. @returns A function to call after each change of the drawing. */
function build(section: HTMLElement, store: Store, subject: Subject): () => void {
  const { labels, linear, model } = subject;
  const { manifest } = model;
  let lesson: Lesson = startLesson(linear);
  const rates = ratesOf(manifest);
  let rate = rates[0]!;
  let usedRate = rate;

  const empty = create("p", "empty");
  const link = create("a", "", say.learn.empty.link);
  link.href = "#draw";
  empty.append(...rich(say.learn.empty.sentence, { link }));

  const truths = group(say.learn.truth, "truths");
  const truthChoices = fillChoices(truths.buttons, labels, (index) => {
    if (lesson.input) change(withTruth(lesson, index));
    else setText(status, say.learn.drawFirst);
  });
  const misread = createMisread(model, store);
  const ratesGroup = group(say.learn.rate.title, "rates");
  const rateTexts = rates.map(({ value }) => rateText(value));
  const rateChoices = fillChoices(ratesGroup.buttons, rateTexts, (index) => {
    rate = rates[index]!;
    render();
  });
  const note = create("p", "note");
  ratesGroup.element.append(note);

  const take = (count: number) => () => {
    if (lesson.losses.length === 0) {
      setText(status, lesson.input ? say.learn.truthFirst : say.learn.drawFirst);
      setText(hint, ""); // which says the same
      return;
    }
    usedRate = rate;
    change(learn(lesson, rate.value, count));
  };
  const steps = [
    createButton("action step-one", take(1), say.learn.one),
    createButton("action step-many", take(MANY), say.learn.many(MANY)),
  ];
  const again = createButton("action step-reset", startAgain, say.learn.again);
  const status = create("p", "");
  status.setAttribute("role", "status");
  const hint = create("p", "lesson-hint"); // not announced: it changes during drawing

  const table = createTable(labels);
  const chart = createChart();
  const losses = create("div", "losses", create("h3", "", say.learn.loss.title), chart.element);
  const changes = createChanges(subject);
  const answers = create("div", "answers", create("h3", "", say.learn.answers.title), table.element);
  const asked = create("div", "asked", truths.element, ratesGroup.element);
  const told = create("div", "lesson-status", hint, status, ...(misread ? [misread] : []));
  const buttons = create("div", "step-buttons buttons", ...steps, again);
  fillPanel(
    section,
    ...introduction(manifest),
    create(
      "div",
      "lesson",
      create("div", "lesson-steps", empty, asked, buttons, told, changes.element),
      create("div", "lesson-answers", answers, losses),
    ),
  );

  function startAgain(): void {
    if (lesson.steps === 0) return;
    change(reset(lesson));
    setText(status, say.learn.wasReset);
  }

  function change(next: Lesson): void {
    lesson = next;
    const conclusion = conclude(lesson, labels, manifest, usedRate);
    setText(status, conclusion?.words ?? "");
    if (misread) misread.hidden = conclusion?.offers === false;
    misread?.classList.toggle("advised", conclusion?.advises === true);
    render();
  }

  function render(): void {
    const { input, truth } = lesson;
    const ready = lesson.losses.length > 0;
    empty.hidden = input !== null;
    losses.hidden = !ready;
    truthChoices.mark(truth);
    rateChoices.mark(rates.indexOf(rate));
    setText(note, rateNote(rate, manifest));
    for (const step of steps) step.setAttribute("aria-disabled", String(!ready));
    again.setAttribute("aria-disabled", String(lesson.steps === 0));
    setText(hint, ready && !lesson.last ? say.learn.ready : input && !ready ? say.learn.truthFirst : "");
    table.show(lesson);
    chart.show(lesson.losses);
    changes.show(lesson);
  }

  let image: Placed | null = null;
  return () => {
    const { prediction, placed } = store.state;
    const input = prediction?.input ?? null;
    if (lesson.input === input && input !== null) return;
    // An image of the data set comes with its true label, which goes when the image does.
    const truth = placed ? placed.labelIndex : image ? null : lesson.truth;
    image = input && placed;
    change(withInput(lesson, input, truth));
  };
}
