import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Placed } from "../state.ts";
import { BLANK, Drawing, isBlank, type Sheet } from "./drawing.ts";
import { decodeStrokes, encodeStrokes } from "./link.ts";

const at = (x: number, y: number, width = 0.125) => ({ x, y, width });
const placed: Placed = { picture: new Float32Array(4), caption: "Test image 3, a 7", index: 3, labelIndex: 7 };
const PICTURE: Sheet = { kind: "placed", placed };

function line(drawing: Drawing, x: number): void {
  drawing.down(at(x, 0.25));
  drawing.move([at(x, 0.5), at(x, 0.75)]);
  drawing.up();
}

test("undo goes back stroke by stroke, and over clearing", () => {
  const drawing = new Drawing();
  line(drawing, 0.25);
  line(drawing, 0.5);
  drawing.clear();
  expect(isBlank(drawing.sheet)).toBe(true);
  for (const strokes of [2, 1, 0, 0]) {
    drawing.undo();
    expect(drawing.strokes).toHaveLength(strokes);
  }
  expect(drawing.canUndo).toBe(false);
});

test("clearing an empty pad is nothing to undo", () => {
  const drawing = new Drawing();
  drawing.clear();
  expect(drawing.canUndo).toBe(false);
});

test("a stroke on a picture starts a drawing of its own, and undo brings the picture back", () => {
  const drawing = new Drawing();
  line(drawing, 0.25);
  drawing.put(PICTURE);
  expect(drawing.strokes).toEqual([]);
  line(drawing, 0.5);
  expect(drawing.strokes).toHaveLength(1);
  drawing.undo();
  expect(drawing.sheet).toBe(PICTURE);
  drawing.undo();
  expect(drawing.strokes[0]?.[0]).toEqual(at(0.25, 0.25));
});

test("undo, clearing and a picture end the stroke under way", () => {
  for (const end of [
    (drawing: Drawing) => {
      drawing.undo();
    },
    (drawing: Drawing) => {
      drawing.clear();
    },
    (drawing: Drawing) => {
      drawing.put(PICTURE);
    },
  ]) {
    const drawing = new Drawing();
    drawing.down(at(0.5, 0.5));
    end(drawing);
    expect(drawing.current).toBeNull();
    expect(drawing.strokes).toEqual([]);
    drawing.move([at(0.6, 0.6)]); // the finger is still moving
    expect(drawing.strokes).toEqual([]);
  }
});

test("listeners hear from which point on a stroke is new", () => {
  const drawing = new Drawing();
  const listener = vi.fn();
  drawing.watch(listener);
  line(drawing, 0.5);
  expect(listener.mock.calls).toEqual([
    [{ kind: "stroke", from: 0 }],
    [{ kind: "stroke", from: 1 }],
    [{ kind: "sheet" }],
  ]);
});

test("a point that hardly moves is left out, but not a pen that presses harder", () => {
  const drawing = new Drawing();
  drawing.down(at(0.5, 0.5));
  drawing.move([at(0.501, 0.5), at(0.5, 0.498), at(0.5, 0.5, 0.15)]);
  expect(drawing.current).toHaveLength(2);
});

test("whatever the hand does, what is drawn is what a link brings back", () => {
  const anywhere = fc.double({ min: -9, max: 9, noNaN: true });
  const hand = fc.array(
    fc.array(fc.record({ x: anywhere, y: anywhere, width: fc.double({ min: 0, max: 0.2, noNaN: true }) }), {
      minLength: 1,
      maxLength: 20,
    }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(hand, (strokes) => {
      const drawing = new Drawing();
      for (const [first, ...rest] of strokes) {
        if (first) drawing.down(first);
        drawing.move(rest);
        drawing.up();
      }
      const again = decodeStrokes(encodeStrokes(drawing.strokes) ?? "");
      expect(again?.map((stroke) => stroke.map(({ x, y, width }) => [x + 0, y + 0, width]))).toEqual(
        drawing.strokes.map((stroke) => stroke.map(({ x, y, width }) => [x + 0, y + 0, width])), // + 0: −0 is 0
      );
    }),
  );
});

test("undo reaches back fifty steps, so that images do not fill the memory", () => {
  const drawing = new Drawing();
  for (let index = 0; index < 60; index++) drawing.put({ ...BLANK });
  let steps = 0;
  for (; drawing.canUndo; steps++) drawing.undo();
  expect(steps).toBe(50);
});
