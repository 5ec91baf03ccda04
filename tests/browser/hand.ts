// Drawing with a mouse, a finger or a pen, as real input events that the browser turns into pointer events itself.
import type { Page } from "puppeteer-core";
import digits from "./digits.json" with { type: "json" };
import { until } from "./scenario.ts";

/** Points of a stroke: shares of the pad's sides, from the top left. */
export type Path = readonly (readonly [x: number, y: number])[];
export type Box = Readonly<Record<"x" | "y" | "width" | "height", number>>;
export type Digit = keyof typeof digits;

const path = (points: string): Path =>
  points.split(", ").map((point) => point.split(" ").map(Number) as [x: number, y: number]);

/** Ways in which digits are written, one or more strokes each. */
export const DIGITS = Object.fromEntries(
  Object.entries(digits).map(([digit, strokes]) => [digit, strokes.split("; ").map(path)]),
) as Record<Digit, Path[]>;
/** Not a digit, and unlike any; and a stroke for a model that has learnt nothing. */
export const W = path("0.1 0.2, 0.3 0.8, 0.5 0.3, 0.7 0.8, 0.9 0.2");
export const ANGLE = path("0.3 0.2, 0.4 0.225, 0.5 0.25, 0.6 0.275, 0.7 0.3, 0.6 0.467, 0.5 0.633, 0.4 0.8");

export type Hand = Record<"down" | "move", (x: number, y: number) => Promise<unknown>> & { up(): Promise<void> };

export const mouse = ({ mouse }: Page): Hand => ({
  down: (x, y) => mouse.move(x, y).then(() => mouse.down()),
  move: (x, y) => mouse.move(x, y),
  up: () => mouse.up(),
});
export const finger = ({ touchscreen }: Page): Hand => ({
  down: (x, y) => touchscreen.touchStart(x, y),
  move: (x, y) => touchscreen.touchMove(x, y),
  up: () => touchscreen.touchEnd(),
});

/** Draw strokes in a box of the window. `beforeLift` runs at the end of each, while the pointer is still down. */
export async function trace(hand: Hand, box: Box, paths: readonly Path[], beforeLift?: () => Promise<void>) {
  for (const path of paths) {
    const [start, ...rest] = path.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const);
    await hand.down(...start!);
    for (const at of rest) await hand.move(...at);
    await beforeLift?.();
    await hand.up();
  }
}

/** Selector of a part of an element, in its shadow root. */
export const deep = (part: string) => `sketch-classifier >>> ${part}`;

/** Where something is, as soon as it is there and in the window; by default an element's canvas. */
export async function placeOf({ page }: { readonly page: Page }, selector = deep(".canvas")): Promise<Box> {
  await page.waitForSelector(selector);
  const place = (element: Element) => {
    const { top, bottom } = element.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) element.scrollIntoView({ block: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    return box.width > 0 ? (box.toJSON() as DOMRect) : null;
  };
  return until(() => page.$eval(selector, place));
}

/** Draw strokes on the pad of the page: see `trace`. */
export const draw = async (page: Page, hand: Hand, paths: readonly Path[], beforeLift?: () => Promise<void>) =>
  trace(hand, await placeOf({ page }, ".pad-canvas"), paths, beforeLift);
/** Draw with the mouse, by default on an element: see `placeOf`. */
export const drawOn = async (on: { readonly page: Page }, paths: readonly Path[] = [ANGLE], selector?: string) =>
  trace(mouse(on.page), await placeOf(on, selector), paths);
