// The summary: accuracy on test images and, apart from it, on drawings; its confidence interval.
import { create } from "../dom.ts";
import { withholdsImages } from "../files.ts";
import { fixed, kilobytes, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Drawings } from "../../runtime/schema.ts";
import { difference } from "../words.ts";
import { numbers, type EvaluationPart, type Part } from "./part.ts";

const between = ([low, high]: readonly [number, number]): string =>
  say.quality.to(percent(low), percent(high));

export const summary: Part = (model) => {
  const { data, metrics, training } = model.manifest;
  if (!metrics) return null;
  const words = say.quality.summary;
  const images = whole(metrics.test_images);

  const tested = training
    ? words.trained(whole(training.training_images), images)
    : words.tested(images);
  const helped = training && data?.drawn_images ? `${words.helped(whole(data.drawn_images))} ` : "";
  const prose = create(
    "div",
    "summary-text",
    create("p", "", `${tested} ${helped}${words.interval}`),
  );
  prose.append(create("p", "", `${difference(model.manifest)}.`));

  const rows: [string, Node | string][] = [
    [words.correct, whole(Math.round(metrics.test_accuracy * metrics.test_images))],
    [words.accuracy, create("strong", "", percent(metrics.test_accuracy))],
    [words.range, between(metrics.test_accuracy_interval)],
    [words.download, `${kilobytes(model.format.bytes)}, ${model.format.dtype}`],
  ];
  const withheld = withholdsImages(model) ? [create("p", "withheld", say.quality.withheld)] : [];
  return [prose, numbers(words.measured(images), rows), ...withheld];
};

/**
 * Which of them it said compared with how often it was right: within the interval, it cannot be
 * told.
 */
export function trustOf({
  accuracy_interval: [low, high],
  confidence,
}: Drawings): "surer" | "fair" | "humbler" {
  return confidence > high ? "surer" : confidence < low ? "humbler" : "fair";
}

export const drawings: EvaluationPart = ({ manifest }, { drawings: read }) => {
  if (!read) return null; // there are drawings of digits only
  const words = say.quality.drawings;
  const [right, said] = [percent(read.accuracy), percent(read.confidence)];
  const told = [
    words.source(whole(read.drawings), whole(read.writers)),
    words[trustOf(read)](right, said),
  ];
  const { confidence } = manifest;
  if (confidence?.measured_on === "drawings")
    told.push(
      words.confidence(
        whole(confidence.measured),
        fixed(100 * confidence.expected_calibration_error, 1),
      ),
    );
  const prose = create("div", "summary-text", ...told.map((text) => create("p", "", text)));
  const { correct, accuracy, range } = say.quality.summary;
  const rows: [string, Node | string][] = [
    [correct, whole(Math.round(read.accuracy * read.drawings))],
    [accuracy, create("strong", "", right)],
    [range, between(read.accuracy_interval)],
    [words.said, said],
  ];
  return [
    create("div", "stack summary", prose, numbers(words.measured(whole(read.drawings)), rows)),
  ];
};
