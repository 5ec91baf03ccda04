import { expect, test } from "vitest";
import { PAST, remember } from "./past.ts";

test("the past holds what came last, in its order, and no more than its bound", () => {
  let past: readonly number[] = [];
  for (let sheet = 0; sheet < PAST; sheet++) past = remember(past, sheet);
  expect(past).toEqual(Array.from({ length: PAST }, (_, sheet) => sheet));
  expect(remember(past, PAST)).toEqual([...past.slice(1), PAST]);
});
