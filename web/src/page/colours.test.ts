import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test, vi } from "vitest";
import { followTheme, onThemeChange } from "./colours.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

afterEach(() => vi.unstubAllGlobals());

const newCanvas = () => ({}) as HTMLCanvasElement;

/** A document with these canvases, and a function that changes its theme. */
function pageOf(canvases: HTMLCanvasElement[]): () => void {
  const listeners: (() => void)[] = [];
  vi.stubGlobal("document", { querySelectorAll: () => canvases });
  vi.stubGlobal("matchMedia", () => ({
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
  }));
  followTheme();
  return () => listeners[0]?.();
}

test("canvases in the document are repainted when the theme changes, others are not", () => {
  const [staying, leaving, foreign] = [newCanvas(), newCanvas(), newCanvas()];
  const canvases = [staying, leaving, foreign];
  const change = pageOf(canvases);
  const painted: string[] = [];
  onThemeChange(staying, () => painted.push("staying"));
  onThemeChange(leaving, () => painted.push("leaving"));
  change();
  expect(painted).toEqual(["staying", "leaving"]);
  canvases.splice(1, 1);
  change();
  expect(painted).toEqual(["staying", "leaving", "staying"]);
});

test("a canvas that is no longer referenced is not kept alive", async () => {
  pageOf([]);
  const watch = () => {
    const canvas = newCanvas();
    onThemeChange(canvas, () => canvas);
    return new WeakRef(canvas);
  };
  const canvas = watch();
  await new Promise((resolve) => setTimeout(resolve)); // until then, a WeakRef keeps it alive
  collect();
  expect(canvas.deref()).toBeUndefined();
});
