// The summary: accuracy on test images and, apart from it, on drawings; its confidence interval, and parity with Keras.
import { create } from "../dom.ts";
import { hasFile, readJson, withholdsImages } from "../files.ts";
import { exactPercent, fixed, kilobytes, percent, tiny, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import type { Drawings } from "../../runtime/schema.ts";
import { difference } from "../words.ts";
import { accuracyLimit, parityOf } from "./evaluation.ts";
import { numbers, type Part } from "./part.ts";

const between = ([low, high]: readonly [number, number]): string => say.quality.to(percent(low), percent(high));

export const summary: Part = (model) => {
  const { data, metrics, training } = model.manifest;
  if (!metrics) return null;
  const words = say.quality.summary;
  const parity = parityOf(model);
  const limit = accuracyLimit(model);
  const images = whole(metrics.test_images);

  const tested = training ? words.trained(whole(training.training_images), images) : words.tested(images);
  const helped = training && data?.drawn_images ? `${words.helped(whole(data.drawn_images))} ` : "";
  const prose = create("div", "summary-text", create("p", "", `${tested} ${helped}${words.interval}`));
  if (parity) {
    const reader = parity.runtime === "dense" ? words.ownReader : words.stockReader;
    prose.append(create("p", "", words.parity(reader, whole(parity.samples))));
  }
  prose.append(create("p", "", `${difference(model.manifest)}.`));

  const rows: [string, Node | string][] = [
    [words.correct, whole(Math.round(metrics.test_accuracy * metrics.test_images))],
    [words.accuracy, create("strong", "", percent(metrics.test_accuracy))],
    [words.range, between(metrics.test_accuracy_interval)],
  ];
  if (limit !== null) rows.push([words.required, exactPercent(limit)]);
  if (parity) {
    rows.push([words.same, percent(parity.argmax_agreement, 2)]);
    rows.push([words.largest, tiny(parity.max_abs_diff)]);
  }
  rows.push([words.download, `${kilobytes(model.format.bytes)}, ${model.format.dtype}`]);
  const withheld = withholdsImages(model) ? [create("p", "withheld", say.quality.withheld)] : [];
  return [prose, numbers(words.measured(images), rows), ...withheld];
};

/** Which of them it said compared with how often it was right: within the interval, it cannot be told. */
export function trustOf({ accuracy_interval: [low, high], confidence }: Drawings): "surer" | "fair" | "humbler" {
  return confidence > high ? "surer" : confidence < low ? "humbler" : "fair";
}

export const drawings: Part = (model, section) => {
  // There are drawings of digits only. The file says whether they were read.
  if (!hasFile(model, "evaluation") || !hasFile(model, "familiar")) return null;
  const words = say.quality.drawings;
  const place = create("div", "summary");
  void showWhenLoaded(
    place,
    say.quality.evaluation,
    () => readJson(model, "evaluation"),
    ({ drawings: read }) => {
      if (!read) {
        section.hidden = true;
        return [];
      }
      const [right, said] = [percent(read.accuracy), percent(read.confidence)];
      const prose = create(
        "div",
        "summary-text",
        create("p", "", words.source(whole(read.drawings), whole(read.writers))),
        create("p", "", words[trustOf(read)](right, said)),
      );
      const { confidence } = model.manifest;
      if (confidence?.measured_on === "drawings") {
        const [error, before] = [confidence.expected_calibration_error, confidence.uncorrected_calibration_error];
        const points = [error, before].map((share) => fixed(100 * share, 1)) as [string, string];
        prose.append(create("p", "", words.confidence(whole(confidence.measured), ...points)));
      }
      const rows: [string, Node | string][] = [
        [words.correct, whole(Math.round(read.accuracy * read.drawings))],
        [words.accuracy, create("strong", "", right)],
        [words.range, between(read.accuracy_interval)],
        [words.said, said],
      ];
      return [prose, numbers(words.measured(whole(read.drawings)), rows)];
    },
  );
  return [place];
};
