// What came of a course that is done, computed from what happened.
import { fixed, percent, scientific, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Subject } from "../subject.ts";
import type { Measure } from "./messages.ts";
import type { Session } from "./session.ts";
import { differenceOf, exactWeights } from "./trainer.ts";

/**
 * Between weights that differ by rounding alone. Keras rounds every one of tens of thousands of steps to float32, which
 * leaves some 1e-6 on weights of about 1; a training that went another way differs by more than 1e-3.
 */
export const ROUNDING = 1e-5;
/** The accuracy has settled if it stays within so much in the second half of the steps. */
const SETTLED = 0.05;

/** The lowest and the highest accuracy in the second half of the steps. */
export function rangeOf(measures: readonly Measure[]): readonly [low: number, high: number] {
  const half = (measures.at(-1)?.steps ?? 0) / 2;
  const late = measures.filter(({ steps }) => steps >= half).map(({ accuracy }) => accuracy);
  return [Math.min(...late), Math.max(...late)];
}

/** Of a course with a few images. */
export function conclusionOf({ last, measures, counts }: Session): string {
  const words = say.train;
  const accuracy = percent(measures.at(-1)?.accuracy ?? 0);
  const [low, high] = rangeOf(measures);
  const told = high - low > SETTLED ? words.unsettled : words.settled;
  const done = words.done(whole(last?.steps ?? 0), whole(counts.training), accuracy, whole(counts.heldOut));
  return `${done} ${told(percent(low), percent(high))}`;
}

/** Of the whole training: whether it has led to Keras' weights. Without a format that has those, only what was done. */
export async function comparisonOf({ last, counts, milliseconds }: Session, { model }: Subject): Promise<string> {
  const words = say.train;
  if (!last) return "";
  const done = words.wholeDone(whole(last.total), whole(counts.training), fixed(milliseconds / 1000, 0));
  const keras = await exactWeights(model);
  if (!keras) return done;
  const difference = differenceOf(last, keras);
  const told = difference <= ROUNDING ? words.same : words.different;
  return `${done} ${told(scientific(difference))}`;
}
