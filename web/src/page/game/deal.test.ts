import { expect, test } from "vitest";
import { cardsOf, deal, ROUNDS, scoreOf, verdictOf, type Card } from "./deal.ts";

const picture = (value: number) => Float32Array.of(value);
const card = (index: number, isMistake: boolean, label = 0): Card => ({ index, label, isMistake, picture: picture(0) });
const cards = (wrong: number, right: number) => [
  ...Array.from({ length: wrong }, (_, index) => card(index, true)),
  ...Array.from({ length: right }, (_, index) => card(1000 + index, false)),
];
/** The same numbers every time: a linear congruential generator. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

test("the cards are the misread images that are stored, and the reference images that were read right", () => {
  const mistake = (index: number) => ({ index, label: 1, predicted: 2, probability: 0.9, label_probability: 0.1 });
  const found = cardsOf(
    { mistakes: [mistake(7), mistake(8), mistake(9)] },
    [picture(0.7), picture(0.8)],
    {
      images: [
        { index: 5, label: 3, probabilities: [] },
        { index: 9, label: 1, probabilities: [] },
      ],
    },
    [picture(0.5), picture(0.9)],
  );
  expect(found.map(({ index, isMistake }) => [index, isMistake])).toEqual([
    [7, true],
    [8, true],
    [5, false],
  ]);
  expect(found[2]!.picture).toEqual(picture(0.5));
});

test("a game has ten different cards, three to seven of them mistakes, in no fixed order, or what there is", () => {
  const counts = new Set<number>();
  const firsts = new Set<boolean>();
  for (let seed = 1; seed <= 100; seed++) {
    const hand = deal(cards(50, 50), numbers(seed * 7919));
    expect(hand).toHaveLength(ROUNDS);
    expect(new Set(hand.map(({ index }) => index)).size).toBe(ROUNDS);
    counts.add(hand.filter(({ isMistake }) => isMistake).length);
    firsts.add(hand[0]!.isMistake);
  }
  expect([...counts].sort()).toEqual([3, 4, 5, 6, 7]);
  expect(firsts.size).toBe(2);
  expect(deal(cards(1, 50), numbers(1))).toHaveLength(ROUNDS);
  expect(deal(cards(50, 1), numbers(1))).toHaveLength(ROUNDS);
  expect(deal(cards(2, 3), numbers(1))).toHaveLength(5);
  expect(deal([], numbers(1))).toEqual([]);
});

test("the score counts what each read right, and each of the four outcomes has its words", () => {
  const round = (guess: number, machine: number) => ({ card: card(1, false, 4), guess, machine, share: 0.5 });
  const played = [round(4, 4), round(4, 9), round(1, 4), round(1, 9)];
  expect(scoreOf(played)).toEqual({ you: 2, machine: 2 });
  expect(played.map(verdictOf)).toEqual(["bothRight", "youRight", "machineRight", "bothWrong"]);
});
