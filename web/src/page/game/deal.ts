// Which test images a game shows, and its score. No DOM.
import type { Evaluation, Reference } from "../records.ts";

export const ROUNDS = 10;
/** So many of the rounds show a mistake, at least and at most: else the visitor could work out which are left. */
const MISTAKES = [3, 7] as const;

export interface Card {
  /** In the test set. */
  readonly index: number;
  /** Index of the class that its label names. */
  readonly label: number;
  readonly isMistake: boolean;
  readonly picture: Float32Array;
}

/**
 * Every image that can be shown: misread ones, and such as were read right.
 *
 * @param mistaken Pictures of the first of the evaluation's mistakes.
 * @param referred Pictures of the reference images.
 */
export function cardsOf(
  { mistakes }: Pick<Evaluation, "mistakes">,
  mistaken: readonly Float32Array[],
  { images }: Pick<Reference, "images">,
  referred: readonly Float32Array[],
): readonly Card[] {
  const misread = new Set(mistakes.map(({ index }) => index));
  const wrong = mistakes.slice(0, mistaken.length);
  const right = images.flatMap(({ index, label }, place) => {
    const picture = referred[place];
    return picture && !misread.has(index) ? [{ index, label, picture, isMistake: false }] : [];
  });
  return [
    ...wrong.map(({ index, label }, place) => ({ index, label, picture: mistaken[place]!, isMistake: true })),
    ...right,
  ];
}

/** Draw the cards of a game: fewer than ROUNDS if there are no more. */
export function deal(cards: readonly Card[], random: () => number = Math.random): readonly Card[] {
  const [least, most] = MISTAKES;
  const wrong = shuffle(
    cards.filter(({ isMistake }) => isMistake),
    random,
  );
  const right = shuffle(
    cards.filter(({ isMistake }) => !isMistake),
    random,
  );
  const count = Math.min(
    wrong.length,
    Math.max(ROUNDS - right.length, least + Math.floor(random() * (most - least + 1))),
  );
  return shuffle([...wrong.slice(0, count), ...right.slice(0, ROUNDS - count)], random);
}

function shuffle<T>(values: readonly T[], random: () => number): T[] {
  const shuffled = [...values];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

/** A round that was played; indices of classes. */
export interface Played {
  readonly card: Card;
  readonly guess: number;
  readonly machine: number;
  /** Share of the machine's answer, 0..1. */
  readonly share: number;
}

export const scoreOf = (played: readonly Played[]): { readonly you: number; readonly machine: number } => ({
  you: played.filter(({ card, guess }) => guess === card.label).length,
  machine: played.filter(({ card, machine }) => machine === card.label).length,
});

/** How it came out, by the catalogue's key for it. */
export function verdictOf({ card, guess, machine }: Played): "bothRight" | "youRight" | "machineRight" | "bothWrong" {
  const [you, it] = [guess === card.label, machine === card.label];
  if (you) return it ? "bothRight" : "youRight";
  return it ? "machineRight" : "bothWrong";
}
