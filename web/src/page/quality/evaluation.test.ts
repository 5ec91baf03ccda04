import { expect, test } from "vitest";
import { manifestOf } from "../../testing/published.ts";
import type { Model } from "../../runtime/types.ts";
import type { Mistake } from "../../runtime/schema.ts";
import { accuracyLimit, mistakesOf, mixUps, parityOf } from "./evaluation.ts";

const mistake = (label: number, predicted: number, probability: number): Mistake => ({
  index: 0,
  label,
  predicted,
  probability,
  label_probability: 1 - probability,
});

test("mix-ups are ordered by number, the mistakes of one by confidence, and these keep their position in the file of images", () => {
  const confusion = [
    [90, 0, 2],
    [7, 80, 1],
    [0, 0, 70],
  ];
  expect(mixUps(confusion)).toEqual([
    { label: 1, predicted: 0, count: 7 },
    { label: 0, predicted: 2, count: 2 },
    { label: 1, predicted: 2, count: 1 },
  ]);
  const mistakes = [mistake(0, 1, 0.5), mistake(2, 1, 0.9), mistake(0, 1, 0.8), mistake(0, 2, 0.6)];
  const places = (label: number, predicted: number | null) =>
    mistakesOf(mistakes, label, predicted).map(({ place }) => place);
  expect(places(0, 1)).toEqual([2, 0]);
  expect(places(0, null)).toEqual([2, 3, 0]);
  expect(places(1, 0)).toEqual([]);
});

function model(checks: readonly { readonly format: string; readonly runtime: string }[], gates: unknown = null): Model {
  const formats = [{ id: "small", files: new Map([["model.json", new Uint8Array(1)]]) }];
  const manifest = { ...manifestOf(formats, 4, ["a", "b"]), verification: { checks }, gates };
  return { manifest, format: { id: "small" } } as unknown as Model;
}

test("parity is that of the downloaded format, in this page's own engine if it was checked there", () => {
  const dense = { format: "small", runtime: "dense" };
  const tfjs = { format: "small", runtime: "tfjs" };
  expect(parityOf(model([{ format: "large", runtime: "dense" }, tfjs, dense]))).toBe(dense);
  expect(parityOf(model([tfjs]))).toBe(tfjs);
  expect(parityOf(model([{ format: "large", runtime: "dense" }]))).toBeNull();
});

test("the limit of the accuracy gate is null if there is none", () => {
  expect(accuracyLimit(model([], [{ name: "test accuracy", limit: 0.95 }]))).toBe(0.95);
  expect(accuracyLimit(model([], [{ name: "baseline", limit: 0.9 }]))).toBeNull();
  expect(accuracyLimit(model([]))).toBeNull();
});
