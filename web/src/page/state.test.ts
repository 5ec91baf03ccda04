import { expect, test, vi } from "vitest";
import type { Prediction } from "../runtime/types.ts";
import { followPad, pick, shownClass, Store, type Ink, type Placed } from "./state.ts";

test("a listener is called at once, then only when what it watches has changed", () => {
  const store = new Store();
  const listener = vi.fn();
  store.watch(["pointed"], listener);
  expect(listener).toHaveBeenCalledTimes(1);
  store.update({ picked: 3 });
  store.update({ pointed: null });
  expect(listener).toHaveBeenCalledTimes(1);
  store.update({ pointed: 2, picked: 4 });
  expect(listener).toHaveBeenCalledTimes(2);
  expect(listener).toHaveBeenLastCalledWith(expect.objectContaining({ pointed: 2, picked: 4 }));
});

test("explanations are about what is pointed at, else picked, else answered", () => {
  const store = new Store();
  expect(shownClass(store.state)).toBeNull();
  store.update({ prediction: { labelIndex: 7 } as Prediction });
  expect(shownClass(store.state)).toBe(7);
  store.update({ picked: 0 });
  expect(shownClass(store.state)).toBe(0);
  store.update({ pointed: 5 });
  expect(shownClass(store.state)).toBe(5);
});

test("a second press lets a class go, although the pointer is still on it", () => {
  const store = new Store();
  store.update({ prediction: { labelIndex: 3 } as Prediction, pointed: 5 });
  pick(store, 5);
  expect(store.state.picked).toBe(5);
  store.update({ pointed: null });
  expect(shownClass(store.state)).toBe(5);
  store.update({ pointed: 5 });
  pick(store, 5);
  expect(store.state.picked).toBeNull();
  expect(shownClass(store.state)).toBe(3);
});

test("a class is picked for one drawing: more of it keeps the choice, anything else in its place ends it", () => {
  const store = new Store();
  followPad(store);
  const box = { x: 0, y: 0, width: 1, height: 1 };
  const pad = {} as CanvasRenderingContext2D;
  const lay = (patch: { ink?: Ink | null; placed?: Placed | null }) => {
    pick(store, 5);
    store.update(patch);
    const { picked } = store.state;
    store.update({ picked: null });
    return picked;
  };
  const placed = {} as Placed;
  expect(lay({ ink: { context: pad, box } })).toBeNull(); // the first stroke
  expect(lay({ ink: { context: pad, box: { ...box, width: 2 } } })).toBe(5); // more of it
  expect(lay({ ink: { context: {} as CanvasRenderingContext2D, box } })).toBeNull(); // an image
  expect(lay({ ink: null, placed })).toBeNull();
  expect(lay({ placed: {} as Placed })).toBeNull();
  expect(lay({ placed: null })).toBeNull(); // cleared
});
