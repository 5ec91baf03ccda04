// Loss and accuracy after each epoch, on the training and the validation images.
import { create } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { percent } from "../format.ts";
import { showWhenLoaded } from "../loading.ts";
import type { Epoch } from "../records.ts";
import { asTable, table } from "../tables.ts";
import { chart, type Axis } from "./chart.ts";
import { part, type Part } from "./part.ts";
import { digitsOf, niceTicks } from "./ticks.ts";

/** For float32 means of thousands of losses. With random weights, the loss differs from the logarithm by hundredths. */
const EVEN = 1e-4;

type Measure = Exclude<keyof Epoch, "epoch">;

/** The measured points of one curve. */
export function pointsOf(epochs: readonly Epoch[], measure: Measure): readonly (readonly [number, number])[] {
  return epochs.flatMap((one) => {
    const value = one[measure];
    return value === null ? [] : [[one.epoch, value] as const];
  });
}

/**
 * Ticks of the vertical axis, for epoch 1 onwards. The loss before training is so far off that everything else would be a flat
 * line: the curve enters from there, clipped at the edge.
 */
export function trainedTicks(epochs: readonly Epoch[], ...measures: readonly Measure[]): readonly number[] {
  const values = measures.flatMap((measure) =>
    pointsOf(epochs, measure)
      .filter(([epoch]) => epoch > 0)
      .map(([, value]) => value),
  );
  return niceTicks(Math.min(...values), Math.max(...values));
}

function curve(
  title: string,
  epochs: readonly Epoch[],
  measures: readonly [training: Measure, validation: Measure],
  write: (value: number, digits: number) => string,
): HTMLElement {
  const last = Math.max(...epochs.map(({ epoch }) => epoch));
  const ticks = trainedTicks(epochs, ...measures);
  const y: Axis = { title, ticks, write: (value) => write(value, digitsOf(ticks)) };
  const x: Axis = {
    title: "epoch",
    ticks: [...niceTicks(0, last).filter((tick) => tick <= last && Number.isInteger(tick))],
    write: String,
  };
  // The axis ends with the last epoch, even if that is not a round number.
  const axis = x.ticks.at(-1) === last ? x : { ...x, ticks: [...x.ticks.slice(0, -1), last] };
  const names = ["training", "validation"] as const;
  const series = measures.map((measure, index) => {
    const name = names[index] ?? "training";
    return { name, className: `curve-line ${name}`, points: pointsOf(epochs, measure) };
  });
  const ends = series.map(({ name, points }) => {
    const [from, to] = [points.find(([epoch]) => epoch > 0)?.[1], points.at(-1)?.[1]];
    return from === undefined || to === undefined ? "" : `${name} from ${write(from, 3)} to ${write(to, 3)}`;
  });
  const words = `${title} from epoch 1 to ${last}: ${ends.filter((end) => end !== "").join("; ")}`;
  return chart(title, words, axis, y, series);
}

/** The accuracy before the first step. If all answers are equally probable, the loss is the logarithm of their number. */
export function untrained(epochs: readonly Epoch[], classes: number): string {
  const { validation_accuracy: share = null, validation_loss: loss = null } =
    epochs.find(({ epoch }) => epoch === 0) ?? {};
  if (share === null || loss === null) return "";
  const how =
    Math.abs(loss - Math.log(classes)) < EVEN
      ? "all answers were equally probable, and it chose the first"
      : "its answers were random";
  return ` Before the first epoch ${how}: ${percent(share)} were correct.`;
}

export const curves: Part = (model) => {
  if (!hasFile(model, "history")) return null;
  const place = create("div", "curves");
  const load = () => readJson(model, "history");
  void showWhenLoaded(place, "the training history", load, ({ epochs }) => {
    const numbers = table(
      "Loss and accuracy after each epoch",
      ["Epoch", "Training loss", "Validation loss", "Training accuracy", "Validation accuracy"],
      epochs.map((one) => [
        String(one.epoch),
        one.loss?.toFixed(4) ?? "–",
        one.validation_loss?.toFixed(4) ?? "–",
        one.accuracy === null ? "–" : percent(one.accuracy, 2),
        one.validation_accuracy === null ? "–" : percent(one.validation_accuracy, 2),
      ]),
    );
    return [
      create(
        "p",
        "explains",
        "An epoch is one pass over all training images. The validation images were held out: if their curve diverged from " +
          "that of the training images, the model would be memorising those. Training numbers are means over an epoch, " +
          `while the weights were still changing; validation numbers are from its end.${untrained(epochs, model.labels.length)}`,
      ),
      create(
        "div",
        "curve-pair",
        curve("Loss", epochs, ["loss", "validation_loss"], (value, digits) => value.toFixed(digits)),
        curve("Accuracy", epochs, ["accuracy", "validation_accuracy"], (value, digits) =>
          percent(value, Math.max(0, digits - 2)),
        ),
      ),
      asTable("The numbers for every epoch", numbers),
    ];
  });
  return part("Training, epoch by epoch", "wide", place);
};
