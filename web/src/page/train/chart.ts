// The accuracy as a line over the steps. Each doubling of the steps takes the same width: nearly all is learned in the first.
import { createSvg } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Measure } from "./messages.ts";

const [WIDTH, HEIGHT] = [340, 150]; // SVG units, about a pixel each on a phone
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 332, 10, 118];

export interface Chart {
  readonly element: SVGElement;
  /** @param total Steps of the whole course. */
  readonly show: (measures: readonly Measure[], total: number) => void;
}

export function createChart(): Chart {
  const element = createSvg("svg", { class: "train-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  return {
    element,
    show(measures, total) {
      const x = (steps: number) => LEFT + ((RIGHT - LEFT) * Math.log1p(steps)) / Math.log1p(Math.max(total, 1));
      const y = (share: number) => BOTTOM - (BOTTOM - TOP) * share;
      const points = measures.map(({ steps, accuracy }) => `${x(steps).toFixed(1)},${y(accuracy).toFixed(1)}`);
      const last = measures.at(-1);
      element.replaceChildren(
        ...[0, 0.5, 1].flatMap((share) => [
          createSvg("path", { class: share === 0 ? "axis" : "grid", d: `M${LEFT} ${y(share)}H${RIGHT}` }),
          createSvg("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share, 0)),
        ]),
        ...ticksOf(total).map((steps) =>
          createSvg(
            "text",
            { x: x(steps), y: BOTTOM + 16, "text-anchor": steps === total ? "end" : "middle" },
            whole(steps),
          ),
        ),
        createSvg("text", { x: (LEFT + RIGHT) / 2, y: HEIGHT - 2, "text-anchor": "middle" }, say.train.steps),
        createSvg("polyline", { class: "line", points: points.join(" ") }),
      );
      if (last) element.append(createSvg("circle", { class: "dot", cx: x(last.steps), cy: y(last.accuracy), r: 4 }));
      const spoken = last ? say.train.accuracyAfter(percent(last.accuracy), whole(last.steps)) : "";
      element.setAttribute("aria-label", `${say.train.heldOut}. ${spoken}`);
    },
  };
}

/** 0, the powers of ten, and the end; none so near to it that they overlap. */
function ticksOf(total: number): readonly number[] {
  const ticks = [0];
  for (let power = 1; power * 4 < total; power *= 10) ticks.push(power);
  return total === 0 ? ticks : [...ticks, total];
}
