// Against a host that shows an older version than it did before: the highest counter that each key
// has signed, per model.
import { fail } from "../errors.ts";

/** The part of the DOM's Storage that is used. */
export interface Counters {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

/** For as long as the page lives, also where nothing can be stored. */
const seen = new Map<string, number>();

/**
 * Remember a counter, unless a higher one has been seen.
 *
 * @param stored May throw, as `localStorage` does where the reader forbids storage.
 * @throws ModelError `integrity`: it is lower.
 */
export function checkCounter(
  key: string,
  model: string,
  counter: number,
  stored: () => Counters | undefined,
): void {
  const id = `sketch-classifier ${key} ${model}`;
  const earlier = Number(attempt(() => stored()?.getItem(id)));
  const highest = Math.max(seen.get(id) ?? 0, Number.isFinite(earlier) ? earlier : 0);
  if (counter < highest) {
    fail(
      "integrity",
      `${model} must not be older than its version with counter ${highest}, seen before`,
      counter,
    );
  }
  seen.set(id, counter);
  attempt(() => stored()?.setItem(id, String(counter)));
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
