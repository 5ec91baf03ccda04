// The drawing before and after pixels are erased, and the pixels that flip its answer. No DOM.
import type { Prediction } from "../../runtime/types.ts";
import { ranking, runnerUp, type Subject } from "../subject.ts";
import { sharesOf } from "../training/sgd.ts";
import { differing } from "./brush.ts";
import { fewest, type Change, type Scene } from "./fewest.ts";
import { blankOf } from "./prepared.ts";

/** A prediction of a picture. */
export interface Reading extends Prediction {
  readonly picture: Float32Array;
}

export interface View {
  /** The class that was answered before anything was erased, and the one that shall be. */
  readonly answer: number;
  readonly goal: number;
  /** Those two, and the next one. */
  readonly classes: readonly number[];
  /** Ink in 0..1, as it is now. */
  readonly picture: Float32Array;
  /** Pixels that have lost their ink. */
  readonly erased: readonly number[];
  /** The pixels that still have to be erased. */
  readonly change: Change;
  readonly scene: Scene;
  /** For each pixel, before anything was erased: its vote for the answer minus that for the goal. */
  readonly votes: Float32Array;
  /** Shares before anything was erased, and without all these pixels. */
  readonly before: ArrayLike<number>;
  readonly after: ArrayLike<number>;
}

/** @param wishes Classes that it may be wanted to answer, the most urgent first. */
export function viewOf(
  { linear, model }: Subject,
  original: Reading,
  now: Reading,
  wishes: readonly (number | null)[],
): View {
  const { labelIndex: answer, probabilities: before } = original;
  const goal = wishes.find((index) => index !== null && index !== answer) ?? runnerUp(before, answer)!;
  const scene = { linear, input: now.input, blank: blankOf(model.manifest) };
  const change = fewest(scene, goal);
  const left = now.input.slice();
  for (const pixel of change.pixels) left[pixel] = scene.blank;
  const weight = (pixel: number, index: number) => linear.kernel[pixel * linear.outputs + index]!;
  return {
    answer,
    goal,
    classes: [...new Set([answer, goal, ...ranking(before)])].slice(0, 3),
    picture: now.picture,
    erased: differing(original.picture, now.picture),
    change,
    scene,
    votes: original.input.map((ink, pixel) => ink * (weight(pixel, answer) - weight(pixel, goal))),
    before,
    after: sharesOf(linear, left),
  };
}
