import { expect, test } from "vitest";
import { overlapsOf, summandsOf } from "./summands.ts";

const pictures = [Float32Array.of(1, 0, 0.5), Float32Array.of(0, 1, 0), Float32Array.of(0.5, 0.5, 0.5)];
const images = [
  { index: 7, label: 0, pushes: [0.5, -0.5] },
  { index: 9, label: 1, pushes: [-0.25, 0.25] },
  { index: 11, label: 0, pushes: [1, -1] },
];

test("an overlap is the shared ink, and what the images add is what their sum of weights gives the input", () => {
  expect([...overlapsOf(pictures, Float32Array.of(1, 0, 1), 1)]).toEqual([2.5, 1, 2]);
  expect([...overlapsOf(pictures, Float32Array.of(255, 0, 255), 255)]).toEqual([97538.5, 1, 65026]);
  const input = Float32Array.of(0.25, 0.75, 1);
  const overlaps = overlapsOf(pictures, input, 1);
  for (const label of [0, 1]) {
    // the weights themselves: images, multiplied by their pushes, added up
    const weights = [0, 1, 2].map((pixel) =>
      images.reduce((sum, { pushes }, place) => sum + pushes[label]! * pictures[place]![pixel]!, 0),
    );
    const bias = images.reduce((sum, { pushes }) => sum + pushes[label]!, 0);
    const score = weights.reduce((sum, weight, pixel) => sum + weight * input[pixel]!, bias);
    const { up, down } = summandsOf(images, overlaps, label, 1);
    expect(up.sum + down.sum).toBeCloseTo(score, 12);
  }
});

test("the strongest come first, and no more than wanted", () => {
  const overlaps = Float64Array.of(2, 4, 3);
  expect(summandsOf(images, overlaps, 0, 1)).toEqual({
    strongestFor: [{ place: 2, value: 3 }],
    strongestAgainst: [{ place: 1, value: -1 }],
    up: { count: 2, sum: 4 },
    down: { count: 1, sum: -1 },
  });
  expect(summandsOf(images, overlaps, 1, 9).strongestAgainst.map(({ place }) => place)).toEqual([2, 0]);
});
