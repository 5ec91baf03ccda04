// e to the power of every score, as heights over the number line; and the heights laid end to end, as parts of their total.
import { create, createSvg, setText } from "../dom.ts";
import { shareOf, type Domain } from "./line-layout.ts";
import type { Outcome } from "./whatif.ts";

/** Points of the curve: enough that no corner is seen. */
const POINTS = 120;
/** Below it a part of the total is too narrow for its label. */
const LABELLED = 0.08;

/** An SVG path, in hundredths of the figure; the largest score's height is 100. */
export function curveOf({ low, high }: Domain, largest: number): string {
  const points = Array.from({ length: POINTS + 1 }, (_, step) => {
    const score = low + ((high - low) * step) / POINTS;
    return { x: (100 * step) / POINTS, y: 100 * (1 - Math.exp(score - largest)) };
  });
  // Beyond the largest score it leaves the figure.
  return `M${points.map(({ x, y }) => `${round(x)} ${round(Math.max(-100, y))}`).join("L")}`;
}

/** Upright lines from the number line up to the curve. */
export function stemsOf(domain: Domain, { scores, largest }: Outcome, indices: readonly number[]): string {
  const top = (score: number) => round(100 * (1 - Math.exp(score - largest)));
  return indices.map((index) => `M${round(100 * shareOf(domain, scores[index]!))} 100V${top(scores[index]!)}`).join("");
}

const round = (value: number) => String(Number(value.toFixed(2)));

export function createCurve() {
  const [curve, stems] = [createSvg("path", { class: "power-curve" }), createSvg("path", { class: "powers" })];
  const [winner, own] = [createSvg("path", { class: "power-winner" }), createSvg("path", { class: "power-shown" })];
  const attributes = { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" };
  const svg = createSvg("svg", attributes, curve, stems, own, winner);
  return {
    element: create("div", "curve", svg),
    show(domain: Domain, outcome: Outcome, shown: number) {
      const all = [...outcome.scores.keys()];
      curve.setAttribute("d", curveOf(domain, outcome.largest));
      stems.setAttribute("d", stemsOf(domain, outcome, all));
      winner.setAttribute("d", stemsOf(domain, outcome, [outcome.answer]));
      own.setAttribute("d", stemsOf(domain, outcome, [shown]));
    },
  };
}

/** The table beside it says the same in numbers, so it is not read aloud. */
export function createStack(labels: readonly string[]) {
  const parts = labels.map(() => create("span", "stack-part"));
  const element = create("div", "stack", ...parts);
  element.setAttribute("aria-hidden", "true");
  return {
    element,
    show({ shares, answer }: Outcome, shown: number) {
      for (const [index, part] of parts.entries()) {
        const share = shares[index]!;
        part.style.setProperty("--share", String(share));
        part.classList.toggle("winner", index === answer);
        part.classList.toggle("shown", index === shown);
        setText(part, share < LABELLED ? "" : (labels[index] ?? ""));
      }
    },
  };
}
