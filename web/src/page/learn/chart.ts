// The loss after each step, as a line.
import { createSvg } from "../dom.ts";

const [WIDTH, HEIGHT] = [320, 132]; // SVG units, about a pixel each on a phone
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 312, 12, 108];
const MIN_STEPS = 20; // shown on the axis, so that one step does not fill it

export interface Chart {
  readonly element: SVGElement;
  readonly show: (losses: readonly number[]) => void;
}

export function createChart(): Chart {
  const element = createSvg("svg", { class: "loss-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  return {
    element,
    show(losses) {
      const steps = Math.max(MIN_STEPS, losses.length - 1);
      const most = Math.max(...losses, 0.01);
      const x = (step: number) => LEFT + ((RIGHT - LEFT) * step) / steps;
      const y = (loss: number) => BOTTOM - ((BOTTOM - TOP) * loss) / most;
      const points = losses.map((loss, step) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
      const last = losses.at(-1);
      element.replaceChildren(
        createSvg("path", { class: "axis", d: `M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}` }),
        createSvg("text", { x: LEFT - 6, y: TOP + 4, "text-anchor": "end" }, losses.length > 0 ? most.toFixed(2) : ""),
        createSvg("text", { x: LEFT - 6, y: BOTTOM + 4, "text-anchor": "end" }, "0"),
        createSvg("text", { x: LEFT, y: HEIGHT - 6, "text-anchor": "middle" }, "0"),
        createSvg("text", { x: (LEFT + RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "steps on this drawing"),
        createSvg("text", { x: RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, String(steps)),
        createSvg("polyline", { class: "line", points: points.join(" ") }),
      );
      if (last !== undefined) {
        element.append(createSvg("circle", { class: "dot", cx: x(losses.length - 1), cy: y(last), r: 4 }));
      }
      const summary = losses.length < 2 ? "no step taken yet" : `from ${losses[0]!.toFixed(3)} to ${last!.toFixed(3)}`;
      element.setAttribute("aria-label", `Loss after each step: ${summary}`);
    },
  };
}
