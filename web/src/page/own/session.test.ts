import { expect, test } from "vitest";
import { addClass, addExample, freeName, removeClass, removeExample, rename, type Classes } from "./classes.ts";
import { Session } from "./session.ts";

const example = (value: number) => ({ ink: Uint8Array.of(value), strokes: null });
const start: Classes = addExample(addClass(addClass([], "house"), "tree"), 1, example(1));
const names = (classes: Classes) => classes.map(({ name }) => name);

test("every change can be undone, down to the start; a new name is no new lesson, a new example is", () => {
  const session = new Session(start);
  const seen: Classes[] = [start];
  for (const next of [
    addExample(start, 0, example(2)),
    removeExample(start, 1, 0),
    removeClass(start, 0),
    rename(start, 0, "barn"),
  ]) {
    session.apply(next);
    seen.push(next);
  }
  expect(session.classes).toBe(seen.pop());
  while (session.canUndo) {
    expect(session.undo()).toBe(true);
    expect(session.classes).toBe(seen.pop());
  }
  expect(seen).toEqual([]);
  expect(session.undo()).toBe(false);
  const heard: boolean[] = [];
  session.watch((_, isSameLesson) => heard.push(isSameLesson));
  session.apply(rename(start, 0, "barn"));
  session.apply(addExample(session.classes, 0, example(3)));
  session.apply(addClass(session.classes, "sun"));
  session.undo();
  session.undo();
  session.undo();
  session.apply(session.classes); // nothing new
  expect(heard).toEqual([true, false, false, false, false, true]);
});

test("names stay distinct, printable and not empty", () => {
  expect(names(rename(start, 0, "  a \u0000\n b\u200d "))).toEqual(["a b", "tree"]);
  expect(names(rename(start, 0, "tree"))).toEqual(["tree 2", "tree"]);
  expect(names(rename(start, 0, "house"))).toEqual(["house", "tree"]);
  expect(rename(start, 0, " \t")).toBe(start);
  expect(names(rename(start, 0, "x".repeat(99)))[0]).toHaveLength(30);
  expect(freeName(start, ["house", "tree", "sun"])).toBe("sun");
  expect(freeName(start, ["house", "tree"])).toBe("house 2");
});
