// Learn: the tutorial's stochastic gradient descent, step by step, on the visitor's own drawing. It trains a copy of the
// weights: the published model stays as it is.
import { fillChoices } from "../choices.ts";
import { create, createButton, setText } from "../dom.ts";
import { percent, whole } from "../format.ts";
import type { Placed, Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { createChanges } from "./changes.ts";
import { createChart } from "./chart.ts";
import { createCost } from "./cost.ts";
import "./learn.css";
import {
  answersOf,
  historyOf,
  learn,
  ratesOf,
  reset,
  startLesson,
  withInput,
  withTruth,
  type Lesson,
} from "./lesson.ts";
import { createStory } from "./story.ts";
import { createTable } from "./table.ts";

/** Steps of the larger button. */
const MANY = 20;

const READY = "Now take a step, and watch the answers, the loss and the weights change.";

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("learn");
  section.setAttribute("aria-labelledby", "learn-title");
  let follow: (() => void) | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    section.replaceChildren();
    follow = subject && build(section, store, subject);
    follow?.();
  });
  store.watch(["prediction"], () => follow?.());
}

/** Fill the section for one model. @returns A function to call after each change of the drawing. */
function build(section: HTMLElement, store: Store, subject: Subject): () => void {
  const { labels, linear, model } = subject;
  let lesson: Lesson = startLesson(linear);
  const rates = ratesOf(model.manifest);
  let rate = rates[0]!;

  const group = (title: string, name: string) => {
    const buttons = create("div", "choices");
    const heading = create("h3", "", title);
    heading.id = `learn-${name}`;
    buttons.setAttribute("role", "group");
    buttons.setAttribute("aria-labelledby", heading.id);
    return { buttons, element: create("div", `question ${name}`, heading, buttons) };
  };

  const title = create("h2", "", "How it learned");
  title.id = "learn-title";
  const intro = create(
    "p",
    "intro",
    `Nobody told the model what its answers look like. ${historyOf(model.manifest)} Take such steps yourself, with one drawing. ` +
      "You train a copy: the model above stays as it is.",
  );
  const story = createStory(subject);
  const empty = create("p", "empty");
  const link = create("a", "", "Draw something first");
  link.href = "#stage-title";
  empty.append(link, ", then come back.");

  const truths = group("Which answer is right?", "truths");
  const truthChoices = fillChoices(truths.buttons, labels, (index) => {
    if (lesson.input) change(withTruth(lesson, index));
    setText(status, lesson.input ? "" : "Draw something first.");
  });
  const ratesGroup = group("Learning rate, η", "rates");
  const rateChoices = fillChoices(
    ratesGroup.buttons,
    rates.map(({ value }) => String(Number(value.toPrecision(3)))),
    (index) => {
      rate = rates[index]!;
      render();
    },
  );
  const rateNote = create("p", "note");
  ratesGroup.element.append(rateNote);

  const take = (count: number) => () => {
    if (lesson.losses.length === 0) {
      setText(status, lesson.input ? "Choose the right answer first." : "Draw something first.");
      return;
    }
    const before = lesson.losses.at(-1) ?? 0;
    change(learn(lesson, rate.value, count));
    const now = answersOf(lesson)?.now ?? new Float64Array();
    const best = now.indexOf(Math.max(...now));
    setText(
      status,
      `${whole(lesson.steps)} ${lesson.steps === 1 ? "step" : "steps"} taken. The loss went from ${before.toFixed(3)} to ` +
        `${(lesson.losses.at(-1) ?? 0).toFixed(3)}. The copy now answers ${labels[best] ?? ""}, ${percent(now[best] ?? 0)}.`,
    );
  };
  const steps = [
    createButton("action step-one", take(1), "One step"),
    createButton("action step-many", take(MANY), `${MANY} steps`),
  ];
  const startAgain = () => {
    if (lesson.steps === 0) return;
    change(reset(lesson));
    setText(status, "The copy has been reset to the published weights.");
  };
  const again = createButton("action step-reset", startAgain, "Start again");
  const hint = create("p", "lesson-hint"); // not announced: it changes during drawing
  const status = create("p", "");
  status.setAttribute("role", "status");

  const table = createTable(labels);
  const chart = createChart();
  const losses = create("div", "losses", create("h3", "", "Its loss"), chart.element);
  const changes = createChanges(subject);
  const cost = createCost(model);

  section.append(
    title,
    intro,
    story.element,
    create(
      "div",
      "lesson",
      empty,
      truths.element,
      ratesGroup.element,
      create("div", "step-buttons", ...steps, again),
      create("div", "lesson-status", hint, status),
      create("div", "answers", create("h3", "", "Its answers"), table.element),
      losses,
    ),
    changes.element,
    cost.element,
  );

  function change(next: Lesson): void {
    lesson = next;
    render();
  }

  function render(): void {
    const { input, truth } = lesson;
    const ready = lesson.losses.length > 0;
    empty.hidden = input !== null;
    losses.hidden = changes.element.hidden = !ready;
    truthChoices.mark(truth);
    rateChoices.mark(rates.indexOf(rate));
    setText(rateNote, `${Number(rate.value.toPrecision(6))}: ${rate.note}.`);
    for (const step of steps) step.setAttribute("aria-disabled", String(!ready));
    again.setAttribute("aria-disabled", String(lesson.steps === 0));
    setText(hint, ready && lesson.losses.length === 1 ? READY : input && !ready ? "Choose the right answer." : "");
    story.show(lesson, Number(rate.value.toPrecision(3)));
    table.show(answersOf(lesson), truth);
    chart.show(lesson.losses);
    changes.show(lesson);
    cost.show(lesson);
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
    setText(status, "");
  };
}
