// Drawing with a mouse, a finger or a pen, as real input events that the browser turns into pointer events itself.
import type { CDPSession } from "puppeteer-core";
import type { Tab } from "./browser.ts";
import digits from "./digits.json" with { type: "json" };

/** A point: shares of the pad's sides, from the top left. */
type At = readonly [x: number, y: number];
export type Path = readonly At[];
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

export const mouse = ({ mouse }: Pick<Tab, "mouse">): Hand => ({
  down: (x, y) => mouse.move(x, y).then(() => mouse.down()),
  move: (x, y) => mouse.move(x, y),
  up: () => mouse.up(),
});

export const finger = ({ touchscreen }: Pick<Tab, "touchscreen">): Hand => ({
  down: (x, y) => touchscreen.touchStart(x, y).then(() => undefined),
  move: (x, y) => touchscreen.touchMove(x, y),
  up: () => touchscreen.touchEnd(),
});

/** @param pressure 0..1 */
export function pen(session: CDPSession, pressure: number): Hand {
  let at = { x: 0, y: 0 };
  const send = async (type: "mousePressed" | "mouseMoved" | "mouseReleased", buttons: 0 | 1, x = at.x, y = at.y) => {
    at = { x, y };
    const button = type === "mouseMoved" && buttons === 0 ? "none" : "left";
    const held = { button, buttons, force: buttons * pressure, pointerType: "pen", clickCount: 1 } as const;
    await session.send("Input.dispatchMouseEvent", { type, ...at, ...held });
  };
  return {
    down: (x, y) => send("mouseMoved", 0, x, y).then(() => send("mousePressed", 1)),
    move: (x, y) => send("mouseMoved", 1, x, y),
    up: () => send("mouseReleased", 0),
  };
}

/** Draw strokes in a box of the window. `beforeLift` runs at the end of each, while the pointer is still down. */
export async function trace(
  hand: Hand,
  box: Box,
  paths: readonly Path[],
  beforeLift: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const path of paths) {
    const [start, ...rest] = path.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const);
    await hand.down(...start!);
    for (const at of rest) await hand.move(...at);
    await beforeLift();
    await hand.up();
  }
}

/** Draw strokes on the pad: see `trace`. */
export async function draw(
  page: Tab,
  hand: Hand,
  paths: readonly Path[],
  beforeLift?: () => Promise<void>,
  canvas = ".pad-canvas",
): Promise<void> {
  const box = await (await page.waitForSelector(canvas))?.boundingBox();
  if (!box) throw new Error("The pad is not visible.");
  await trace(hand, box, paths, beforeLift);
}

/** Where the canvas of an element is, or an element without a shadow root, once it is in the middle of the window. */
export const canvasBox = ({ page }: { readonly page: Tab }, selector = "sketch-classifier"): Promise<Box> =>
  page.$eval(selector, (element) => {
    const canvas = element.shadowRoot?.querySelector(".canvas") ?? element;
    canvas.scrollIntoView({ block: "center", behavior: "instant" });
    return canvas.getBoundingClientRect().toJSON() as DOMRect;
  });

/** Draw with the mouse on an element, as soon as it is there: see `canvasBox`. */
export async function drawOn(on: { readonly page: Tab }, selector?: string, paths: readonly Path[] = [ANGLE]) {
  await trace(mouse(on.page), await canvasBox(on, selector), paths);
}
