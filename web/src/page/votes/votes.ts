// Stop 3: every pixel votes. Ink × weights as pictures, and the votes added up on a scale, for the
// answer or any other class.
import { fillChoices } from "../choices.ts";
import { create, createButton, fillPanel, find, rich, setText } from "../dom.ts";
import { viewOf } from "../explain.ts";
import { fixed, whole } from "../format.ts";
import { say } from "../language.ts";
import { pick, type PageState, type Store } from "../state.ts";
import { createPixels } from "../pixels.ts";
import { subjectOf, weightsOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { createPictures } from "./pictures.ts";
import { createScale } from "./scale.ts";
import "./votes.css";
import { createWays } from "./ways.ts";

/** With more answers, none has its weights on its button. */
const MOST_MAPS = 12;

export function mount(section: HTMLElement, store: Store): void {
  let show: ReturnType<typeof build> | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    fillPanel(section);
    show = subject && build(section, store, subject);
  });
  watchVisible(store, section, ["model", "prediction", "drawing", "picked"], (state) =>
    show?.(state),
  );
}

const minus = (value: number) => fixed(value, 1).replace("-", "\u2212");
const rounded = (value: number) => Number(value.toFixed(1));

/** Fill the section for one model. @returns A function that shows a state. */
function build(section: HTMLElement, store: Store, subject: Subject): (state: PageState) => void {
  const group = create("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", say.votes.choices);
  const choices = fillChoices(group, subject.labels, pick.bind(null, store));
  const { image, linear, labels, largestWeight, styles } = subject;
  const count = create("p", "note vote-count");
  if (styles === 1 && labels.length <= MOST_MAPS) {
    for (const [index, button] of choices.buttons.entries()) {
      const { frame, show } = createPixels("weight");
      show(image, weightsOf(linear.kernel, linear.outputs, index), largestWeight, "");
      frame.setAttribute("aria-hidden", "true");
      button.append(frame);
    }
    const numbers = [labels.length, linear.inputs, linear.outputs * (linear.inputs + 1)].map(whole);
    setText(count, say.votes.count(numbers[0]!, numbers[1]!, numbers[2]!));
  }
  const pictures = createPictures(subject, (pixel) => {
    scale.point(pixel);
  });
  const ways = createWays(subject);
  const stage = create("div", "vote-stage", pictures.element, ways.element);
  const scale = createScale(stage, pictures.votes, subject.image);
  const total = create("p", "sum");
  const again = createButton("action", scale.play, say.votes.again);
  fillPanel(
    section,
    create("div", "stack vote-figure", group, stage, create("div", "total", total, again), count),
  );
  setText(
    find(section, "[data-say='votes.lead']"),
    subject.styles > 1 ? say.votes.leadWays : say.votes.lead,
  );

  // They fall once by themselves, when the scale is in sight and there is something to fall.
  let [isInSight, hasFallen] = [false, false];
  const fall = () => {
    const { prediction, drawing } = store.state;
    if (hasFallen || !isInSight || !prediction || drawing) return;
    hasFallen = true;
    scale.play();
  };
  new IntersectionObserver(
    (entries) => {
      isInSight = entries.at(-1)?.isIntersecting === true;
      fall();
    },
    { threshold: 1 },
  ).observe(total);

  let before: readonly unknown[] = [];
  return (state) => {
    const { prediction, picked, trust } = state;
    const now = [prediction, picked, trust];
    if (now.some((value, at) => value !== before[at])) {
      const view = viewOf(subject, state);
      const sum = view.sums[view.ways[view.shown]!.row]!;
      choices.mark(picked, view.marked);
      scale.show(sum, pictures.show(view));
      ways.show(view);
      // A reader who adds up what is shown gets the score: so the first number takes what the
      // others lost in rounding.
      const positive = rounded(sum.score) - rounded(sum.negative) - rounded(sum.bias);
      total.replaceChildren(
        ...rich(say.votes.sum, {
          plus: create("span", "for", say.votes.for(minus(positive))),
          minus: create("span", "against", say.votes.against(minus(-sum.negative))),
          bias:
            sum.bias === 0
              ? ""
              : ` ${sum.bias < 0 ? "\u2212" : "+"} ${say.votes.bias(minus(Math.abs(sum.bias)))}`,
          score: create("b", "number", minus(sum.score)),
        }),
      );
    }
    before = now;
    fall();
  };
}
