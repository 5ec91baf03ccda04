import { expect, test, vi } from "vitest";
import { followTheme, onThemeChange } from "./colours.ts";

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
