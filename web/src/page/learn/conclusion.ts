// Sums up the steps in words, computed from what happened.
import type { Manifest } from "../../runtime/manifest.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { outcomeOf, type Lesson, type Rate } from "./lesson.ts";

export interface Conclusion {
  readonly words: string;
  /** Offers another image: not while there is more to learn from this one. */
  readonly offers: boolean;
  /** There was nothing to learn from this drawing: another one shows more. */
  readonly advises: boolean;
}

/** @param rate That of the last step. Null before the first one. */
export function conclude(lesson: Lesson, labels: readonly string[], manifest: Manifest, rate: Rate): Conclusion | null {
  const outcome = outcomeOf(lesson);
  if (!outcome || lesson.truth === null) return null;
  const { kind, from, to, steps, began, now } = outcome;
  const [truth, first, last] = [lesson.truth, began, now].map((index) => labels[index] ?? "") as [
    string,
    string,
    string,
  ];
  const told = say.learn.outcome;
  const taken = told.steps(whole(steps), steps);
  const shares = told.shares(truth, percent(from), percent(to), percent(1 - from), percent(1 - to));
  const one = steps === 1 && kind === "turned" && rate.kind === "batch";
  const batch = one ? ` ${told.batch(whole(manifest.training?.batch_size ?? 1))}` : "";
  const ends: Record<typeof kind, string> = {
    sure: told.sure(truth, percent(from)),
    surer: `${shares} ${told.surer}`,
    turned: `${shares} ${told.turned(first, truth)}${batch}`,
    closer: `${shares} ${told.closer(last)}`,
    still: told.still(last),
  };
  return { words: `${taken} ${ends[kind]}`, offers: kind !== "closer" && kind !== "still", advises: kind === "sure" };
}
