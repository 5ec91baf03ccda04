// e to the power of every score as a bar over the number line, and the same bars laid end to end.
import { create, createSvg, setText } from "../dom.ts";
import { fixed, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { shareOf, type Domain } from "./line-layout.ts";
import type { Outcome } from "./softmax.ts";

/** Points of the curve: enough that no corner is seen. */
const POINTS = 120;

/** An SVG path, in hundredths of the figure; the largest score's height is 100. */
export function curveOf({ low, high }: Domain, largest: number): string {
  const points = Array.from({ length: POINTS + 1 }, (_, step) => {
    const height = Math.exp(low + ((high - low) * step) / POINTS - largest);
    // beyond it, it leaves
    return `${((100 * step) / POINTS).toFixed(2)} ${Math.max(-100, 100 * (1 - height)).toFixed(2)}`;
  });
  return `M${points.join("L")}`;
}

/** More than that many times are not counted. */
const MANY = 1e6;

/** To two digits, as the points beside it have hardly more. */
const times = (factor: number) =>
  factor < 9.95
    ? fixed(factor, 1)
    : factor < MANY
      ? whole(Number(factor.toPrecision(2)))
      : `>${whole(MANY)}`;

export function createHill(labels: readonly string[]) {
  const curve = createSvg("path", {});
  const svg = createSvg(
    "svg",
    { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" },
    curve,
  );
  const bars = labels.map(() => create("i", "power"));
  const power = create("span", "", create("i", "", "e"), create("sup", "", say.percent.score));
  const [points, taller] = [create("span", ""), create("b", "")];
  const gap = create("p", "gap", points, " ", taller);
  const bracket = create("i", "bracket");
  const formula = create("p", "formula", say.percent.height, " = ", power);
  const element = create("div", "hill", svg, bracket, ...bars, formula, gap);
  return {
    element,
    show(
      domain: Domain,
      { scores, heights, answer, next: second }: Outcome,
      marked: number | null,
    ) {
      const next = marked === null || marked === answer ? second : marked;
      const largest = scores[answer]!;
      const at = (index: number) => `${100 * shareOf(domain, scores[index]!)}%`;
      curve.setAttribute("d", curveOf(domain, largest));
      for (const [index, bar] of bars.entries()) {
        bar.style.left = at(index);
        bar.style.height = `${100 * heights[index]!}%`;
        bar.classList.toggle("shown", index === marked);
      }
      // it would cover them, as on an empty pad
      const isCrowded = heights.filter((height) => height > 0.4).length > 2;
      gap.hidden = bracket.hidden = next === null || isCrowded;
      if (next === null) return;
      element.style.setProperty("--next", at(next));
      element.style.setProperty("--answer", at(answer));
      // as on the tags
      const [ours, theirs] = [largest, scores[next]!].map((score) => Number(score.toFixed(1)));
      setText(points, say.percent.ahead(labels[answer]!, fixed(ours! - theirs!, 1), labels[next]!));
      setText(taller, say.percent.taller(times(1 / heights[next]!)));
    },
  };
}

/** The tags say the same, so it is not read aloud. */
export function createSlices(labels: readonly string[]) {
  const slices = labels.map((label) => {
    const [name, share] = [create("b", "", label), create("span", "number")];
    return { slice: create("span", "slice", name, share), name, share };
  });
  const element = create("div", "slices", ...slices.map(({ slice }) => slice));
  element.setAttribute("aria-hidden", "true");
  return {
    element,
    /** @param isDoubtful Then no percentage is claimed. */
    show({ shares, order }: Outcome, marked: number | null, isDoubtful: boolean) {
      // CSS pixels; asked for once: each time, the browser lays out what has changed
      const room = element.clientWidth;
      element.classList.toggle("doubtful", isDoubtful);
      for (const [index, { slice, name, share }] of slices.entries()) {
        const width = shares[index]! * room; // about 10 for each letter
        const needed = 10 * labels[index]!.length + 16;
        slice.style.flexGrow = String(shares[index]! * 1000);
        slice.style.order = String(order.indexOf(index));
        slice.classList.toggle("shown", index === marked);
        name.hidden = width < needed - 8;
        share.hidden = isDoubtful || width < needed + 72;
        setText(share, percent(shares[index]!));
      }
    },
  };
}
