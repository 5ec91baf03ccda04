import { expect, test, vi } from "vitest";
import type { Model, Prediction } from "../../runtime/types.ts";
import { agreement, answerMs, Readers } from "./readers.ts";

const model = (name: string) => ({ manifest: { name } }) as unknown as Model;

test("a model is loaded by the first to ask for it, and once", async () => {
  const load = vi.fn((path: string) => Promise.resolve(model(path)));
  const changed = vi.fn();
  const readers = new Readers(load, changed);
  expect([readers.get("a"), readers.get("a"), readers.get("b")]).toEqual([null, null, null]);
  await vi.waitFor(() => {
    expect(changed.mock.calls).toEqual([
      ["a", undefined],
      ["b", undefined],
    ]);
  });
  expect(readers.get("a")?.manifest.name).toBe("a");
  expect(load.mock.calls).toEqual([["a"], ["b"]]);
});

test("after a failure a model is loaded again only when it was forgotten", async () => {
  const load = vi.fn<(path: string) => Promise<Model>>().mockRejectedValueOnce(new Error("offline"));
  load.mockResolvedValue(model("a"));
  const changed = vi.fn();
  const readers = new Readers(load, changed);
  readers.get("a");
  await vi.waitFor(() => {
    expect(changed).toHaveBeenCalledWith("a", new Error("offline"));
  });
  expect(readers.get("a")).toBeNull();
  expect(load).toHaveBeenCalledTimes(1);
  readers.forget("a");
  expect(readers.get("a")).toBeNull();
  await vi.waitFor(() => {
    expect(readers.get("a")).not.toBeNull();
  });
  expect(load).toHaveBeenCalledTimes(2);
});

test("the time of an answer is the mean of many, without the first, whatever the ticks of the clock", async () => {
  let time = 0;
  const costs = [500]; // the first one compiles
  const predict = vi.fn((): Promise<Prediction> => {
    time += costs.shift() ?? 0.25;
    return Promise.resolve({} as Prediction);
  });
  const input = new Float32Array(4);
  expect(await answerMs({ predict }, input, () => Math.floor(time))).toBeCloseTo(0.25, 6);
  expect(predict).toHaveBeenCalledTimes(1 + 120); // 30 ms
  expect(predict).toHaveBeenCalledWith(input);
});

test("models agree if there are at least two answers, and all are the same", () => {
  expect([[], ["7"], ["7", "7"], ["7", "1", "7"]].map(agreement)).toEqual([null, null, "agree", "differ"]);
});
