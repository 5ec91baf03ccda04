// The drawing before and after pixels are erased, and the pixels that flip its answer. No DOM.
import type { Prediction } from "../../runtime/types.ts";
import { runnerUp, type Subject } from "../subject.ts";
import { sharesOf } from "../training/sgd.ts";
import { differing } from "./brush.ts";
import { fewest, nearest, type Change, type Scene } from "./fewest.ts";
import { blankOf } from "./prepared.ts";

/** A prediction of a picture. */
export interface Reading extends Prediction {
  readonly picture: Float32Array;
}

/** A drawing before anything was erased. */
export interface Original {
  readonly reading: Reading;
  /** The class that takes the fewest pixels to make it the answer. */
  readonly nearest: number;
  /** Null for a drawing. */
  readonly caption: string | null;
}

export interface View {
  /** The class that was answered before anything was erased, and the one that shall be. */
  readonly answer: number;
  readonly goal: number;
  /** Ink in 0..1, as it is now. */
  readonly picture: Float32Array;
  /** Pixels that have lost their ink. */
  readonly erased: readonly number[];
  /** The pixels that still have to be erased. */
  readonly change: Change;
  readonly scene: Scene;
  /**
   * For each pixel, before anything was erased: its vote for the answer minus that for the goal.
   */
  readonly votes: Float32Array;
  /** Shares without all these pixels. */
  readonly after: ArrayLike<number>;
}

const sceneOf = ({ linear, model }: Subject, { input }: Reading): Scene => ({
  linear,
  input,
  blank: blankOf(model.manifest),
});

export function originalOf(subject: Subject, reading: Reading, caption: string | null): Original {
  const { labelIndex, probabilities } = reading;
  const goal =
    nearest(sceneOf(subject, reading), labelIndex) ?? runnerUp(probabilities, labelIndex)!;
  return { reading, nearest: goal, caption };
}

/** @param wishes Classes that it may be wanted to answer, the most urgent first. */
export function viewOf(
  subject: Subject,
  { reading: original, nearest }: Original,
  now: Reading,
  wishes: readonly (number | null)[],
): View {
  const { linear } = subject;
  const { labelIndex: answer } = original;
  const goal = wishes.find((index) => index !== null && index !== answer) ?? nearest;
  const scene = sceneOf(subject, now);
  const change = fewest(scene, goal);
  const left = now.input.slice();
  for (const pixel of change.pixels) left[pixel] = scene.blank;
  const weight = (pixel: number, index: number) => linear.kernel[pixel * linear.outputs + index]!;
  return {
    answer,
    goal,
    picture: now.picture,
    erased: differing(original.picture, now.picture),
    change,
    scene,
    votes: original.input.map((ink, pixel) => ink * (weight(pixel, answer) - weight(pixel, goal))),
    after: sharesOf(linear, left),
  };
}
