import { expect, test, vi } from "vitest";
import type { Prediction } from "../runtime/types.ts";
import { followPad, pick, shownClass, Store, type PageInk, type Placed } from "./state.ts";

test("a listener is called at once, and then only when one of its keys has changed", () => {
  const store = new Store();
  const listener = vi.fn();
  store.watch(["retries"], listener);
  expect(listener).toHaveBeenCalledTimes(1);
  store.update({ picked: 3 });
  store.update({ retries: 0 });
  expect(listener).toHaveBeenCalledTimes(1);
  store.update({ retries: 2, picked: 4 });
  expect(listener).toHaveBeenCalledTimes(2);
  expect(listener).toHaveBeenLastCalledWith(expect.objectContaining({ retries: 2, picked: 4 }));
});

test("the class to explain is the selected one, which a second press deselects, else the answer", () => {
  const store = new Store();
  expect(shownClass(store.state)).toBeNull();
  store.update({ prediction: { labelIndex: 7 } as Prediction });
  expect(shownClass(store.state)).toBe(7);
  store.update({ picked: 0 });
  expect(shownClass(store.state)).toBe(0);
  pick(store, 5);
  expect(shownClass(store.state)).toBe(5);
  pick(store, 5);
  expect(store.state.picked).toBeNull();
  expect(shownClass(store.state)).toBe(7);
});

test("a selection lasts for one drawing: adding to it keeps the selection, replacing it does not", () => {
  const store = new Store();
  followPad(store);
  const box = { x: 0, y: 0, width: 1, height: 1 };
  const pad = {} as CanvasRenderingContext2D;
  const put = (patch: { ink?: PageInk | null; placed?: Placed | null }) => {
    pick(store, 5);
    store.update(patch);
    const { picked } = store.state;
    store.update({ picked: null });
    return picked;
  };
  const placed = {} as Placed;
  const rest = { read: vi.fn(), suffices: true };
  expect(put({ ink: { context: pad, box, ...rest } })).toBeNull(); // the first stroke
  expect(put({ ink: { context: pad, box: { ...box, width: 2 }, ...rest } })).toBe(5); // more of it
  // an image
  expect(put({ ink: { context: {} as CanvasRenderingContext2D, box, ...rest } })).toBeNull();
  expect(put({ ink: null, placed })).toBeNull();
  expect(put({ placed: {} as Placed })).toBeNull();
  const shown = store.state.placed;
  expect(put({ placed: { changed: { from: shown } } as Placed })).toBe(5); // a pixel was changed
  expect(put({ placed: shown })).toBe(5); // and undone
  expect(put({ placed: null })).toBeNull(); // cleared
});
