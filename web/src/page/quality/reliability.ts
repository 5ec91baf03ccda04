// Calibration: how sure the model was, compared with how often it was right.
import { create } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { percent, whole } from "../format.ts";
import { showWhenLoaded } from "../loading.ts";
import { asTable, table } from "../tables.ts";
import { chart, type Axis } from "./chart.ts";
import type { ReliabilityBin } from "../records.ts";
import { part, type Part } from "./part.ts";

type Filled = ReliabilityBin & { readonly confidence: number; readonly accuracy: number };

/** The bins that contain answers. */
export function filledBins(bins: readonly ReliabilityBin[]): readonly Filled[] {
  return bins.filter((bin): bin is Filled => bin.count > 0 && bin.confidence !== null && bin.accuracy !== null);
}

/** Diameter of a bin's dot in CSS pixels. The area is proportional to the number of answers, but never too small to see. */
export function dotSize(count: number, largest: number): number {
  return Math.max(5, 22 * Math.sqrt(count / largest));
}

const AXIS = { ticks: [0, 0.25, 0.5, 0.75, 1], write: (share: number) => percent(share, 0) };

export const reliability: Part = (model) => {
  if (!hasFile(model, "evaluation")) return null;
  const error = model.manifest.metrics?.expected_calibration_error;
  const place = create("div", "");
  void showWhenLoaded(
    place,
    "the evaluation",
    () => readJson(model, "evaluation"),
    ({ reliability: bins }) => {
      const filled = filledBins(bins);
      const largest = Math.max(...filled.map(({ count }) => count));
      const x: Axis = { ...AXIS, title: "how sure it was" };
      const y: Axis = { ...AXIS, title: "how often it was right" };
      const rows = filled.map((bin) => [
        `${percent(bin.lower, 0)} to ${percent(bin.upper, 0)}`,
        whole(bin.count),
        percent(bin.confidence),
        percent(bin.accuracy),
      ]);
      const words = filled.map((bin) => `${percent(bin.confidence, 0)} predicted, ${percent(bin.accuracy, 0)} right`);
      return [
        create(
          "p",
          "explains",
          "Of the answers given with 90\u00a0%, nine out of ten should be right: their dot is then on the dashed line. Below " +
            "the line the model is overconfident, above it underconfident. Larger dots stand for more images." +
            (error === undefined
              ? ""
              : ` On average over all test images, its confidence differs from its accuracy by ${(100 * error).toFixed(1)} ` +
                "percentage points (the expected calibration error)."),
        ),
        chart("How often it was right, by how sure it was", words.join("; "), x, y, [
          {
            name: "ideal",
            className: "curve-line ideal",
            points: [
              [0, 0],
              [1, 1],
            ],
          },
          {
            name: "test images",
            className: "curve-bin",
            points: filled.map((bin) => [bin.confidence, bin.accuracy]),
            dots: filled.map((bin) => dotSize(bin.count, largest)),
          },
        ]),
        asTable(
          "The numbers behind the dots",
          table("Answers by how sure it was", ["Confidence", "Images", "Mean", "Right"], rows),
        ),
      ];
    },
  );
  return part("Can you trust its percentages?", "half", place);
};
