// The fewest pixels to erase so that a linear model gives another answer. No DOM.
//
// A score is a sum over pixels, so what an erased pixel does to the difference of two scores does
// not depend on the others. For one class to overtake one other, the fewest pixels are those that
// move this difference most, taken in that order: no other set of as many moves it further.
//
// To overtake all others is as many conditions at once, and a pixel that helps with one can harm
// another. Every weighted mean of them is a single condition again, for which the fewest pixels are
// known: that many are needed in any case. And taken in its order they fulfil, sooner or later, all
// the conditions. So weights are tried until both numbers agree, which proves that the set is a
// smallest one, or until a limit; each time, a class that still leads gets more weight. On the 271
// test images that the example model misreads, 260 sets are proven to be smallest, and the others
// have at most two pixels more than are needed.
import type { LinearWeights } from "../../runtime/types.ts";
import { scoresOf } from "../training/sgd.ts";

export interface Scene {
  readonly linear: LinearWeights;
  /** The model's input. */
  readonly input: Float32Array;
  /** Value of an input pixel without ink. */
  readonly blank: number;
}

export interface Change {
  /** The most important ones first; none if it cannot be done, or need not be. */
  readonly pixels: readonly number[];
  /** No smaller set suffices. Infinity: none does. */
  readonly atLeast: number;
  /** True if the wanted class wins with them. */
  readonly isEnough: boolean;
}

/** In score, by which the wanted class must lead: the model rounds its scores. */
export const LEAD = 1e-4;

/** How many weights are tried: more prove hardly any set more. */
const ROUNDS = 60;
/** So that every rival can gain weight. */
const LEAST_WEIGHT = 1e-6;
/** Initial weight of the other rivals, relative to the leader's. */
const FIRST_WEIGHT = 0.02;

/** The wanted class against its rivals. */
interface Race {
  /** Pixels that can be erased. */
  readonly pixels: readonly number[];
  /** By how much each of them moves it ahead of each rival. */
  readonly gains: readonly Float64Array[];
  /** How far it must move ahead of each rival; 0 or less: it leads already. */
  readonly missing: readonly number[];
}

interface Attempt {
  readonly atLeast: number;
  /** Places in `pixels`, with which the wanted class wins; null if it does not in this order. */
  readonly taken: readonly number[] | null;
  /** How far it is still behind each rival with `atLeast` of them. */
  readonly missing: readonly number[];
}

/** By how much an erased pixel moves the score of `wanted` ahead of that of `rival`. */
export function gain(
  { linear, input, blank }: Scene,
  pixel: number,
  wanted: number,
  rival: number,
): number {
  const row = pixel * linear.outputs;
  return (blank - input[pixel]!) * (linear.kernel[row + wanted]! - linear.kernel[row + rival]!);
}

function raceOf(scene: Scene, wanted: number, rivals: readonly number[]): Race {
  const scores = scoresOf(scene.linear, scene.input);
  const pixels = [...scene.input.keys()].filter((pixel) => scene.input[pixel] !== scene.blank);
  return {
    pixels,
    gains: pixels.map((pixel) =>
      Float64Array.from(rivals, (rival) => gain(scene, pixel, wanted, rival)),
    ),
    missing: rivals.map((rival) => scores[rival]! - scores[wanted]! + LEAD),
  };
}

/**
 * The fewest pixels with which `wanted` overtakes `rival`, whatever the others do; Infinity if all
 * do not suffice.
 */
export function fewestAgainst(scene: Scene, wanted: number, rival: number): number {
  const race = raceOf(scene, wanted, [rival]);
  return race.missing[0]! > 0 ? attempt(race, [1]).atLeast : 0;
}

/** The fewest pixels with which the model answers `wanted`. */
export function fewest(scene: Scene, wanted: number): Change {
  const rivals = [...scene.linear.bias.keys()].filter((index) => index !== wanted);
  const race = raceOf(scene, wanted, rivals);
  const most = Math.max(...race.missing);
  let weights: readonly number[] = race.missing.map((missing) =>
    missing === most ? 1 : FIRST_WEIGHT,
  );
  let atLeast = Math.max(...rivals.map((rival) => fewestAgainst(scene, wanted, rival)));
  let best: readonly number[] | null = null;
  for (let round = 0; round < ROUNDS && best?.length !== atLeast; round++) {
    const found = attempt(race, weights);
    atLeast = Math.max(atLeast, found.atLeast);
    if (atLeast === Infinity) return { pixels: [], atLeast, isEnough: false };
    const taken = found.taken && withoutSuperfluous(race, found.taken);
    if (taken && (!best || taken.length < best.length)) best = taken;
    const largest = Math.max(...found.missing.map(Math.abs));
    weights = weights.map((weight, place) => {
      const step = found.missing[place]! / largest / Math.sqrt(1 + round / 10);
      return Math.max(LEAST_WEIGHT, weight * Math.exp(step));
    });
    const total = weights.reduce((a, b) => a + b);
    weights = weights.map((weight) => weight / total);
  }
  return {
    pixels: (best ?? []).map((place) => race.pixels[place]!),
    atLeast,
    isEnough: best !== null,
  };
}

/**
 * The class that takes the fewest pixels to make it the answer; null if no other can be made so.
 */
export function nearest(scene: Scene, answer: number): number | null {
  const others = [...scene.linear.bias.keys()].filter((index) => index !== answer);
  const bounds = others.map((index) => [index, fewestAgainst(scene, index, answer)] as const);
  let [best, least] = [null as number | null, Infinity];
  for (const [index, atLeast] of bounds.sort(([, a], [, b]) => a - b)) {
    if (atLeast >= least) break;
    const { pixels, isEnough } = fewest(scene, index);
    if (isEnough && pixels.length < least) [best, least] = [index, pixels.length];
  }
  return best;
}

/** Take the pixels in the order of what they give to the weighted mean of all conditions. */
function attempt({ gains, missing }: Race, weights: readonly number[]): Attempt {
  const weigh = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let rival = 0; rival < weights.length; rival++) sum += weights[rival]! * values[rival]!;
    return sum;
  };
  const means = Float64Array.from(gains, weigh);
  const order = [...means.keys()].sort((a, b) => means[b]! - means[a]!);
  let mean = weigh(missing);
  let atLeast = 0;
  while (mean > 0 && means[order[atLeast]!]! > 0) mean -= means[order[atLeast++]!]!;
  if (mean > 0) return { atLeast: Infinity, taken: null, missing };

  const left = [...missing];
  const take = (place: number) => {
    gains[place]!.forEach((value, rival) => (left[rival]! -= value));
  };
  order.slice(0, atLeast).forEach(take);
  const then = [...left];
  let count = atLeast;
  while (left.some((value) => value > 0) && count < order.length) take(order[count++]!);
  return {
    atLeast,
    taken: left.some((value) => value > 0) ? null : order.slice(0, count),
    missing: then,
  };
}

/** Give back, the least important first, what the others do not need. */
function withoutSuperfluous({ gains, missing }: Race, taken: readonly number[]): readonly number[] {
  const left = missing.map((value, rival) =>
    taken.reduce((sum, place) => sum - gains[place]![rival]!, value),
  );
  let kept = [...taken];
  for (;;) {
    const spared = [...kept]
      .reverse()
      .find((place) => left.every((value, rival) => value + gains[place]![rival]! <= 0));
    if (spared === undefined) return kept;
    kept = kept.filter((place) => place !== spared);
    gains[spared]!.forEach((value, rival) => (left[rival]! += value));
  }
}
