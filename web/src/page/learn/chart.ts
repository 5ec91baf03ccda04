// The loss after each step, as a line.
import { createSvg } from "../dom.ts";
import { fixed, whole } from "../format.ts";
import { say } from "../language.ts";

const [WIDTH, HEIGHT] = [320, 120]; // SVG units, about a pixel each on a phone
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 312, 12, 96];
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
      const text = (x: number, y: number, anchor: string, words: string) =>
        createSvg("text", { x, y, "text-anchor": anchor }, words);
      element.replaceChildren(
        createSvg("path", { class: "axis", d: `M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}` }),
        text(LEFT - 6, TOP + 4, "end", losses.length > 0 ? fixed(most, 2) : ""),
        text(LEFT - 6, BOTTOM + 4, "end", "0"),
        text(LEFT, HEIGHT - 6, "middle", "0"),
        text((LEFT + RIGHT) / 2, HEIGHT - 6, "middle", say.learn.loss.axis),
        text(RIGHT, HEIGHT - 6, "end", whole(steps)),
        createSvg("polyline", { class: "line", points: points.join(" ") }),
      );
      if (last !== undefined) {
        element.append(createSvg("circle", { class: "dot", cx: x(losses.length - 1), cy: y(last), r: 4 }));
      }
      const words =
        losses.length < 2 ? say.learn.loss.none : say.learn.loss.fell(fixed(losses[0]!, 3), fixed(last ?? 0, 3));
      element.setAttribute("aria-label", words);
    },
  };
}
