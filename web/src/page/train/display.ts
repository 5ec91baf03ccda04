// Shows a training: the weights as pictures, the accuracy, and the answer to the drawing on the pad.
import { create, createHeader, setText } from "../dom.ts";
import { percent, signed, whole } from "../format.ts";
import { say } from "../language.ts";
import { createLegend, createPixels } from "../pixels.ts";
import { largestOf, weightsOf, type Subject } from "../subject.ts";
import { comparison } from "../tables.ts";
import { createChart } from "./chart.ts";
import type { Measure } from "./messages.ts";

/** Where a training is; and the shares that it, and the published model, give what is on the pad, if there is something. */
export interface State {
  readonly steps: number;
  readonly total: number;
  readonly epoch: number;
  readonly kernel: Float32Array;
  readonly measures: readonly Measure[];
  readonly heldOut: number;
  readonly here: Float64Array | null;
  readonly published: Float32Array | null;
}

export function createDisplay(subject: Subject) {
  const words = say.train;
  const pictures = createWeights(subject);
  const [accuracy, steps] = [create("strong", "train-accuracy"), create("span", "train-step")];
  const which = create("p", "explains");
  const chart = createChart();
  const measured = create("div", "train-measured", create("h3", "", words.heldOut), create("p", "", accuracy, steps));
  measured.append(chart.element, which);
  const answers = createAnswers(subject.labels);
  let shown: Float32Array | null = null;
  return {
    element: create("div", "train-view", pictures.element, create("div", "train-outcome", measured, answers.element)),
    show(state: State) {
      answers.show(state.here, state.published);
      if (state.kernel === shown) return; // only the drawing has changed
      shown = state.kernel;
      const last = state.measures.at(-1);
      setText(accuracy, last ? percent(last.accuracy) : "\u2013");
      setText(steps, state.steps ? words.at(whole(state.steps), whole(state.total), whole(state.epoch)) : words.before);
      setText(which, state.heldOut ? words.heldOutWhich(whole(state.heldOut)) : words.heldOutLater);
      chart.show(state.measures, state.total);
      pictures.show(state.kernel);
    },
  };
}

/** All on one scale, that of the largest weight so far: at the published one, the first steps would show nothing. */
function createWeights({ labels, image }: Subject) {
  const pictures = labels.map((label) => {
    const picture = createPixels("weight");
    setText(picture.caption, label);
    return picture;
  });
  const legend = createLegend();
  return {
    element: create(
      "div",
      "train-weights",
      create("ol", "train-pictures", ...pictures.map(({ figure }) => create("li", "", figure))),
      legend.element,
    ),
    show(kernel: Float32Array) {
      const largest = largestOf(kernel);
      legend.show(largest, say.train.weights);
      for (const [index, picture] of pictures.entries()) {
        const own = weightsOf(kernel, labels.length, index);
        const name = say.train.weightsOf(labels[index]!, signed(Math.min(...own)), signed(Math.max(...own)));
        picture.show(image, own, largest, name);
      }
    },
  };
}

function createAnswers(labels: readonly string[]) {
  const words = say.train;
  const rows = labels.map((label) => {
    const fill = create("span", "bar-fill");
    const [here, published] = [create("td", "here"), create("td", "")];
    const bar = create("td", "share-bar", create("span", "bar-track", fill));
    return { row: create("tr", "", createHeader("row", label), bar, here, published), fill, here, published };
  });
  const headings = [createHeader("col", create("span", "unseen", words.answer)), create("td", "")];
  headings.push(createHeader("col", words.here), createHeader("col", words.published));
  const table = comparison(
    words.answersCaption,
    headings,
    rows.map(({ row }) => row),
  );
  const nothing = create("p", "explains", words.nothing);
  return {
    element: create("div", "train-answer", create("h3", "", words.drawing), nothing, table),
    show(here: Float64Array | null, published: Float32Array | null) {
      nothing.hidden = here !== null;
      const best = here ? here.indexOf(Math.max(...here)) : -1;
      for (const [index, entry] of rows.entries()) {
        entry.fill.style.setProperty("--share", String(here?.[index] ?? 0));
        setText(entry.here, here ? percent(here[index]!) : "\u2013");
        setText(entry.published, published ? percent(published[index]!) : "\u2013");
        entry.row.classList.toggle("winner", index === best);
      }
    },
  };
}
