// Learn: the tutorial's stochastic gradient descent, step by step, on the visitor's own drawing. It learns on a copy of the
// weights: the store's model stays as it was published.
import { fillChoices } from "../choices.ts";
import { create, setText } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { createLegend, createPixels } from "../pixels.ts";
import type { Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { createChart } from "./chart.ts";
import { createCost } from "./cost.ts";
import "./learn.css";
import { answersOf, learn, ratesOf, reset, startLesson, withInput, withTruth, type Lesson } from "./lesson.ts";
import { createStory } from "./story.ts";
import { createTable } from "./table.ts";

/** What the larger button takes at once. */
const MANY = 20;

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("learn");
  section.setAttribute("aria-labelledby", "learn-title");
  let show: ((subject: Subject) => void) | null = null;

  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    section.hidden = subject === null;
    section.replaceChildren();
    show = subject && build(section, store, subject);
    if (subject) show?.(subject);
  });
  store.watch(["prediction"], ({ model }) => {
    const subject = subjectOf(model);
    if (subject) show?.(subject);
  });
}

/** Fill the section for one model. What it returns is called when there is another drawing. */
function build(section: HTMLElement, store: Store, { labels, linear, image, model, ...scales }: Subject) {
  const { largestWeight, factor } = scales;
  let lesson: Lesson = startLesson(linear);
  const rates = ratesOf(model.manifest);
  let rate = rates[0]!;

  const button = (text: string, className: string, press: () => void) => {
    const made = create("button", className, text);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  };
  const group = (title: string, id: string) => {
    const buttons = create("div", "choices");
    const heading = create("h3", "", title);
    heading.id = id;
    buttons.setAttribute("role", "group");
    buttons.setAttribute("aria-labelledby", id);
    return { buttons, element: create("div", "question", heading, buttons) };
  };

  const title = create("h2", "", "How it learned");
  title.id = "learn-title";
  const intro = create(
    "p",
    "intro",
    "Nobody told it what these look like. Its weights began as noise; it was shown examples with the right answer, and " +
      "after each it moved them a little, so as to be less wrong. Take such steps yourself, on your own drawing. You " +
      "change a copy: the model above stays as it is.",
  );
  const story = createStory({ labels, linear, image, model, ...scales });
  const empty = create("p", "empty");
  const link = create("a", "", "Draw something first");
  link.href = "#stage-title";
  empty.append(link, ", then come back.");

  const truths = group("Which answer is right?", "learn-truth");
  const truthChoices = fillChoices(truths.buttons, labels, (index) => {
    change(lesson.input ? withTruth(lesson, index) : lesson);
  });
  const ratesGroup = group("Learning rate, η", "learn-rate");
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
      setText(status, lesson.input ? "First say which answer is right." : "First draw something.");
      return;
    }
    const before = lesson.losses.at(-1) ?? 0;
    change(learn(lesson, rate.value, count));
    const now = answersOf(lesson)?.now ?? new Float64Array();
    const best = now.indexOf(Math.max(...now));
    setText(
      status,
      `${whole(lesson.steps)} ${lesson.steps === 1 ? "step" : "steps"} taken. The loss went from ${before.toFixed(3)} to ` +
        `${(lesson.losses.at(-1) ?? 0).toFixed(3)}. The copy now says ${labels[best] ?? ""}, ${percent(now[best] ?? 0)}.`,
    );
  };
  const steps = [button("One step", "step-one", take(1)), button(`${MANY} steps`, "step-many", take(MANY))];
  const again = button("Start again", "step-reset", () => {
    if (lesson.steps === 0) return;
    change(reset(lesson));
    setText(status, "The copy has the published weights again.");
  });
  const status = create("p", "lesson-status");
  status.setAttribute("role", "status");

  const table = createTable(labels);
  const chart = createChart();
  const pictures = {
    gradient: createPixels("weight"),
    before: createPixels("weight"),
    now: createPixels("weight"),
  };
  const legends = { gradient: createLegend(), weights: createLegend() };
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
      status,
      create("div", "answers", create("h3", "", "Its answers"), table.element),
      create("div", "losses", create("h3", "", "Its loss"), chart.element),
    ),
    create(
      "div",
      "changes",
      create("h3", "", "What a step changes"),
      create("div", "change", pictures.gradient.figure, legends.gradient.element),
      create("div", "change pair", pictures.before.figure, pictures.now.figure, legends.weights.element),
    ),
    cost.element,
  );

  function change(next: Lesson): void {
    lesson = next;
    render();
  }

  function render(): void {
    const { input, truth, weights, first } = lesson;
    const answers = answersOf(lesson);
    const ready = lesson.losses.length > 0;
    empty.hidden = input !== null;
    truthChoices.mark(truth);
    rateChoices.mark(rates.indexOf(rate));
    setText(rateNote, `${Number(rate.value.toPrecision(6))}: ${rate.note}.`);
    for (const step of steps) step.setAttribute("aria-disabled", String(!ready));
    again.setAttribute("aria-disabled", String(lesson.steps === 0));
    story.show(lesson, Number(rate.value.toPrecision(3)));
    table.show(answers, truth);
    chart.show(lesson.losses);

    const label = truth === null ? "" : (labels[truth] ?? "");
    const column = (kernel: Float64Array) =>
      truth === null ? [] : kernel.filter((_, place) => place % linear.outputs === truth);
    const error = truth === null ? 0 : (answers?.error?.[truth] ?? 0);
    const gradient = truth === null || !input ? [] : input.map((value) => value * error);
    const none = "Nothing yet";
    // On a scale that stays, so that it fades as there is less left to learn: |p − y| is at most 1.
    pictures.gradient.show(image, gradient, factor, label === "" ? none : `Gradient of the weights for ${label}`);
    pictures.before.show(
      image,
      column(first.kernel),
      largestWeight,
      label === "" ? none : `Weights for ${label}, before`,
    );
    pictures.now.show(image, column(weights.kernel), largestWeight, label === "" ? none : `Weights for ${label}, now`);
    setText(
      pictures.gradient.caption,
      label === "" ? "the gradient" : `gradient for ${label}: a step subtracts η × this`,
    );
    setText(pictures.before.caption, label === "" ? "the weights before" : `weights for ${label}, published`);
    setText(pictures.now.caption, label === "" ? "the weights now" : `weights for ${label}, now`);
    legends.gradient.show(factor, "gradient");
    legends.weights.show(largestWeight, "weights");
    cost.show(lesson);
  }

  return () => {
    const { prediction, placed } = store.state;
    if (lesson.input === (prediction?.input ?? null) && lesson.input !== null) return;
    const next = withInput(lesson, prediction?.input ?? null);
    // An image of the data set brings its own truth.
    change(next.input && placed ? withTruth(next, placed.labelIndex) : next);
    if (!next.input) setText(status, "");
  };
}
