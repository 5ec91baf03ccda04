// Loss and accuracy after each epoch, on the training and the validation images.
import { create } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { fixed, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import type { Epoch } from "../records.ts";
import { asTable, table } from "../tables.ts";
import { chart, type Axis } from "./chart.ts";
import { part, type Part } from "./part.ts";
import { digitsOf, niceTicks } from "../ticks.ts";

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
    title: say.quality.curves.epoch,
    ticks: [...niceTicks(0, last).filter((tick) => tick <= last && Number.isInteger(tick))],
    write: whole,
  };
  // The axis ends with the last epoch, even if that is not a round number.
  const axis = x.ticks.at(-1) === last ? x : { ...x, ticks: [...x.ticks.slice(0, -1), last] };
  const kinds = ["training", "validation"] as const;
  const series = measures.map((measure, index) => {
    const kind = kinds[index] ?? "training";
    return { name: say.quality.curves[kind], className: `curve-line ${kind}`, points: pointsOf(epochs, measure) };
  });
  const ends = series.map(({ name, points }) => {
    const [from, to] = [points.find(([epoch]) => epoch > 0)?.[1], points.at(-1)?.[1]];
    return from === undefined || to === undefined ? "" : say.quality.curves.moved(name, write(from, 3), write(to, 3));
  });
  const words = say.quality.curves.words(title, whole(last), ends.filter((end) => end !== "").join("; "));
  return chart(title, words, axis, y, series);
}

/** The accuracy before the first step. If all answers are equally probable, the loss is the logarithm of their number. */
export function untrained(epochs: readonly Epoch[], classes: number): string {
  const { validation_accuracy: share = null, validation_loss: loss = null } =
    epochs.find(({ epoch }) => epoch === 0) ?? {};
  if (share === null || loss === null) return "";
  const isEven = Math.abs(loss - Math.log(classes)) < EVEN;
  return isEven ? say.quality.curves.even(percent(share)) : say.quality.curves.random(percent(share));
}

export const curves: Part = (model) => {
  if (!hasFile(model, "history")) return null;
  const words = say.quality.curves;
  const place = create("div", "curves");
  const load = () => readJson(model, "history");
  void showWhenLoaded(place, words.history, load, ({ epochs }) => {
    const numbers = table(
      words.caption,
      words.columns,
      epochs.map((one) => [
        whole(one.epoch),
        one.loss === null ? "–" : fixed(one.loss, 4),
        one.validation_loss === null ? "–" : fixed(one.validation_loss, 4),
        one.accuracy === null ? "–" : percent(one.accuracy, 2),
        one.validation_accuracy === null ? "–" : percent(one.validation_accuracy, 2),
      ]),
    );
    return [
      create("p", "explains", words.explains, untrained(epochs, model.labels.length)),
      create(
        "div",
        "curve-pair",
        curve(words.loss, epochs, ["loss", "validation_loss"], fixed),
        curve(words.accuracy, epochs, ["accuracy", "validation_accuracy"], (value, digits) =>
          percent(value, Math.max(0, digits - 2)),
        ),
      ),
      asTable(words.table, numbers),
    ];
  });
  return part(words.title, "wide", place);
};
