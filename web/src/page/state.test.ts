import { expect, test, vi } from "vitest";
import type { Prediction } from "../runtime/types.ts";
import { shownClass, Store } from "./state.ts";

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
