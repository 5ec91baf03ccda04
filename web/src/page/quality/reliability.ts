// Calibration: how sure the model was, compared with how often it was right.
import { create } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { fixed, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import { asTable, table } from "../tables.ts";
import { chart, type Axis } from "../chart.ts";
import type { ReliabilityBin } from "../../runtime/schema.ts";
import type { Part } from "./part.ts";

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
  const words = say.quality.reliability;
  const place = create("div", "");
  void showWhenLoaded(
    place,
    say.quality.evaluation,
    () => readJson(model, "evaluation"),
    ({ reliability: bins }) => {
      const filled = filledBins(bins);
      const largest = Math.max(...filled.map(({ count }) => count));
      const x: Axis = { ...AXIS, title: words.sure };
      const rows = filled.map((bin) => [
        say.quality.to(percent(bin.lower, 0), percent(bin.upper, 0)),
        whole(bin.count),
        percent(bin.confidence),
        percent(bin.accuracy),
      ]);
      const dots = filled.map((bin) => words.dot(percent(bin.confidence, 0), percent(bin.accuracy, 0)));
      return [
        create("p", "explains", words.explains, error === undefined ? "" : ` ${words.error(fixed(100 * error, 1))}`),
        chart(words.chart, dots.join("; "), x, AXIS, [
          {
            name: words.ideal,
            className: "curve-line ideal",
            points: [
              [0, 0],
              [1, 1],
            ],
          },
          {
            name: words.images,
            className: "curve-bin",
            points: filled.map((bin) => [bin.confidence, bin.accuracy]),
            dots: filled.map((bin) => dotSize(bin.count, largest)),
          },
        ]),
        asTable(words.numbers, table(words.caption, words.columns, rows)),
      ];
    },
  );
  return [place];
};
