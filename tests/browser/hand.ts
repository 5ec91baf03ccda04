// Drawing with a mouse, a finger or a pen, as real input events that the browser turns into pointer events itself.
import type { Tab } from "./browser.ts";
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

/** Not a digit, and unlike any. */
export const W = path("0.1 0.2, 0.3 0.8, 0.5 0.3, 0.7 0.8, 0.9 0.2");
/** For a model that has learnt nothing. */
export const ANGLE = path("0.3 0.2, 0.4 0.225, 0.5 0.25, 0.6 0.275, 0.7 0.3, 0.6 0.467, 0.5 0.633, 0.4 0.8");

export interface Hand {
  down(x: number, y: number): Promise<void>;
  move(x: number, y: number): Promise<void>;
  up(): Promise<void>;
}

export const mouse = ({ mouse }: Tab): Hand => ({
  down: (x, y) => mouse.move(x, y).then(() => mouse.down()),
  move: (x, y) => mouse.move(x, y),
  up: () => mouse.up(),
});

export const finger = ({ touchscreen }: Tab): Hand => ({
  down: (x, y) => touchscreen!.touchStart(x, y).then(() => undefined),
  move: (x, y) => touchscreen!.touchMove(x, y),
  up: () => touchscreen!.touchEnd(),
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

/** Draw strokes on the pad of the page: see `trace`. */
export async function draw(
  page: Tab,
  hand: Hand,
  paths: readonly Path[],
  beforeLift?: () => Promise<void>,
  canvas = ".pad-canvas",
): Promise<void> {
  await page.waitForSelector(canvas);
  const box = await page.$eval(canvas, (canvas) => canvas.getBoundingClientRect().toJSON() as DOMRect);
  await trace(hand, box, paths, beforeLift);
}

/** Where something is, as soon as it is there and in the middle of the window; by default an element's canvas. Each selector
 * starts in the shadow root of what the one before it found. */
export const placeOf = ({ page }: { readonly page: Tab }, path = ["sketch-classifier", ".canvas"]): Promise<Box> =>
  until(() =>
    page.evaluate((path) => {
      const inside = (place: ParentNode | null, part: string) =>
        ((place as Element | null)?.shadowRoot ?? place)?.querySelector(part) ?? null;
      const found = path.reduce<Element | Document | null>(inside, document) as Element | null;
      if (!found?.clientWidth) return null;
      found.scrollIntoView({ block: "center", behavior: "instant" });
      return found.getBoundingClientRect().toJSON() as DOMRect;
    }, path),
  );

/** Draw with the mouse, by default on an element: see `placeOf`. */
export async function drawOn(on: { readonly page: Tab }, paths: readonly Path[] = [ANGLE], path?: string[]) {
  await trace(mouse(on.page), await placeOf(on, path), paths);
}
