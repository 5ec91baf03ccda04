// The loss after each step, as a line.
import { plot } from "../chart.ts";
import { create } from "../dom.ts";
import { fixed, whole } from "../format.ts";
import { say } from "../language.ts";

const MIN_STEPS = 20; // shown on the axis, so that one step does not fill it

export function createChart() {
  const element = create("figure", "curve-chart alone");
  const words = say.learn.loss;
  return {
    element,
    show(losses: readonly number[]) {
      const points = losses.map((loss, step) => [step, loss] as const);
      const [first = 0, last = 0] = [losses[0], losses.at(-1)];
      const name = losses.length < 2 ? words.none : words.fell(fixed(first, 3), fixed(last, 3));
      const x = { title: words.axis, ticks: [0, Math.max(MIN_STEPS, losses.length - 1)], write: whole };
      const y = { ticks: [0, Math.max(...losses, 0.01)], write: (loss: number) => (loss ? fixed(loss, 2) : "0") };
      element.replaceChildren(
        ...plot(name, x, losses.length > 0 ? y : { ...y, ticks: [0] }, [
          { className: "curve-line validation", points },
          { className: "curve-bin", points: points.slice(-1), dots: [8] },
        ]),
      );
    },
  };
}
