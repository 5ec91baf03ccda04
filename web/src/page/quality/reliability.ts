// Calibration: how sure the model was, compared with how often it was right.
import { create, createSvg } from "../dom.ts";
import { fixed, percent } from "../format.ts";
import { say } from "../language.ts";
import type { ReliabilityBin } from "../../runtime/schema.ts";
import type { EvaluationPart } from "./part.ts";

type Filled = ReliabilityBin & { readonly confidence: number; readonly accuracy: number };

/** The bins that contain answers. */
export function filledBins(bins: readonly ReliabilityBin[]): readonly Filled[] {
  return bins.filter((bin): bin is Filled => bin.count > 0 && bin.confidence !== null && bin.accuracy !== null);
}

/** Radius of a bin's dot, in hundredths of the chart. The area is proportional to the answers, but never too small to see. */
export function dotSize(count: number, largest: number): number {
  return Math.max(0.8, 3.2 * Math.sqrt(count / largest));
}

const TICKS = [0, 0.25, 0.5, 0.75, 1];

function axis(className: string): HTMLElement {
  const element = create("p", className, ...TICKS.map((tick) => create("span", "", percent(tick, 0))));
  element.setAttribute("aria-hidden", "true");
  return element;
}

export const reliability: EvaluationPart = ({ manifest }, { reliability: bins }) => {
  const error = manifest.metrics?.expected_calibration_error;
  const words = say.quality.reliability;
  const filled = filledBins(bins);
  const largest = Math.max(...filled.map(({ count }) => count));
  const dots = filled.map(({ confidence, accuracy, count }) =>
    createSvg("circle", { cx: 100 * confidence, cy: 100 - 100 * accuracy, r: dotSize(count, largest) }),
  );
  const spoken = filled.map((bin) => words.dot(percent(bin.confidence, 0), percent(bin.accuracy, 0))).join("; ");
  const grid = createSvg("path", { class: "grid", d: TICKS.map((tick) => `M0 ${100 * tick}H100`).join("") });
  const ideal = createSvg("path", { class: "ideal", d: "M0 100L100 0" });
  const chart = createSvg("svg", { viewBox: "0 0 100 100", role: "img", "aria-label": spoken }, grid, ideal, ...dots);
  const title = create("p", "note", words.sure);
  return [
    create("p", "explains", words.explains, error === undefined ? "" : ` ${words.error(fixed(100 * error, 1))}`),
    create(
      "figure",
      "curve-chart",
      create("figcaption", "", words.chart),
      axis("y-axis"),
      chart,
      axis("x-axis"),
      title,
    ),
  ];
};
