// The accuracy as a line over the steps. Each doubling of the steps takes the same width: nearly all is learned in the first.
import { plot } from "../chart.ts";
import { create } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Measure } from "./messages.ts";

export function createChart() {
  const element = create("figure", "curve-chart alone");
  const words = say.train;
  return {
    element,
    /** @param total Steps of the whole training. */
    show(measures: readonly Measure[], total: number) {
      const points = measures.map(({ steps, accuracy }) => [steps, accuracy] as const);
      const last = measures.at(-1);
      const spoken = last ? words.accuracyAfter(percent(last.accuracy), whole(last.steps)) : "";
      const x = { title: words.steps, ticks: ticksOf(total), write: whole, scale: Math.log1p };
      const y = { ticks: [0, 0.5, 1], write: (share: number) => percent(share, 0) };
      element.replaceChildren(
        ...plot(`${words.heldOut}. ${spoken}`, x, y, [
          { className: "curve-line validation", points },
          { className: "curve-bin", points: points.slice(-1), dots: [8] },
        ]),
      );
    },
  };
}

/** 0, the powers of ten, and the end; none so near to it that they overlap. */
function ticksOf(total: number): readonly number[] {
  const ticks = [0];
  for (let power = 1; power * 4 < total; power *= 10) ticks.push(power);
  return total === 0 ? ticks : [...ticks, total];
}
