// Sentences of the panel. No DOM.
import { fixed, signed, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Size } from "../pixels.ts";
import { fewestAgainst, gain, type Change, type Scene, type Way } from "./fewest.ts";
import { scoresOf } from "../training/sgd.ts";

/** The picture on the pad, and the change that would flip its answer. */
export interface View {
  readonly labels: readonly string[];
  readonly scene: Scene;
  readonly way: Way;
  /** Indices of classes: as it answers, as it should (null: unknown), and as it shall. */
  readonly answer: number;
  /** The probability of that answer. */
  readonly share: number;
  readonly truth: number | null;
  readonly goal: number;
  /** Ink in 0..1. */
  readonly picture: Float32Array;
  readonly size: Size;
  readonly change: Change;
}

export function leadWords({ labels, answer, truth }: View, share: string): string {
  const words = say.mind;
  const read = `${labels[answer]!}, ${share}`;
  if (truth === null) return words.reads(read);
  return truth === answer ? words.readsRight(read) : words.readsWrong(read, labels[truth]!);
}

/** Says which pixels to change, whether fewer would do, and why. */
export function resultWords(view: View): string {
  const { labels, scene, way, answer, goal, change } = view;
  const words = say.mind;
  const [ours, theirs] = [labels[goal]!, labels[answer]!];
  if (!change.isEnough) {
    return change.atLeast === Infinity ? words.impossible[way](ours) : words.notFound[way](ours, whole(change.atLeast));
  }
  const count = change.pixels.length;
  const sentences = [words.todo[way](count, ours)];
  const alone = fewestAgainst(scene, way, goal, answer);
  if (count > change.atLeast) sentences.push(words.atLeast(whole(change.atLeast)));
  else sentences.push(count === 1 ? words.one : words.fewest);
  if (alone < count) sentences.push(words.others(whole(alone), theirs));
  return sentences.join(" ");
}

/** The sum behind it; empty where nothing has to be done. */
export function sumWords({ labels, scene, way, answer, goal, change }: View): string {
  const scores = scoresOf(scene.linear, scene.input);
  const lead = scores[answer]! - scores[goal]!;
  if (change.pixels.length === 0) return "";
  const taken = change.pixels.reduce((sum, pixel) => sum + gain(scene, way, pixel, goal, answer), 0);
  return say.mind.sum[way](labels[answer]!, labels[goal]!, fixed(lead, 2), fixed(taken, 2));
}

/** Describes a pixel: its ink, and the effect of the tool. */
export function describePixel({ labels, scene, way, answer, goal, picture, size }: View, pixel: number | null): string {
  const words = say.mind;
  if (pixel === null) return words.hint[way];
  const column = pixel % size.width;
  const place = words.place(whole((pixel - column) / size.width + 1), whole(column + 1), fixed(picture[pixel] ?? 0, 2));
  const moves = gain(scene, way, pixel, goal, answer);
  const done = picture[pixel] === (way === "erase" ? 0 : 1);
  return `${place} ${done ? words.nothing[way] : words.moves[way](labels[goal]!, labels[answer]!, signed(moves))}`;
}
