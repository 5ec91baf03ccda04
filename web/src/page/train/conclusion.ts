// Sums up a finished training, computed from what happened.
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Measure } from "./messages.ts";
import type { Session } from "./session.ts";

/** The accuracy has settled if it stays within so much in the second half of the steps. */
const SETTLED = 0.05;

/** The lowest and the highest accuracy in the second half of the steps. */
export function rangeOf(measures: readonly Measure[]): readonly [low: number, high: number] {
  const half = (measures.at(-1)?.steps ?? 0) / 2;
  const late = measures.filter(({ steps }) => steps >= half).map(({ accuracy }) => accuracy);
  return [Math.min(...late), Math.max(...late)];
}

export function conclusionOf({ last, measures, counts }: Session): string {
  const words = say.train;
  const accuracy = percent(measures.at(-1)?.accuracy ?? 0);
  const [low, high] = rangeOf(measures);
  const told = high - low > SETTLED ? words.unsettled : words.settled;
  const done = words.done(whole(last?.steps ?? 0), whole(counts.training), accuracy, whole(counts.heldOut));
  return `${done} ${told(percent(low), percent(high))}`;
}
