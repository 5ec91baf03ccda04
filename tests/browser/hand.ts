// Drawing with a mouse, a finger or a pen, as real input events that the browser turns into pointer events itself.
import type { CDPSession, KeyInput } from "puppeteer-core";
import type { Tab } from "./browser.ts";

/** A point on the pad: shares of its side, from the top left. */
type At = readonly [x: number, y: number];
export type Path = readonly At[];

function arc([x, y]: At, [across, down]: At, from: number, to: number): Path {
  const steps = 14; // a browser takes a mouse's moves one for each frame
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
    return [x + across * Math.cos(angle), y + down * Math.sin(angle)];
  });
}

const line = (points: string): Path =>
  points.split(", ").map((point) => point.split(" ").map(Number) as [x: number, y: number]);

/** Ways in which digits are written, one or more strokes each. Angles in degrees, clockwise from the right. */
export const DIGITS = {
  "0": [arc([0.5, 0.5], [0.2, 0.32], -90, 272)],
  "1": [line("0.54 0.16, 0.52 0.4, 0.49 0.64, 0.47 0.85")],
  "2": [[...arc([0.48, 0.34], [0.18, 0.17], 190, 395), ...line("0.3 0.8, 0.34 0.79, 0.74 0.8")]],
  "3": [[...arc([0.47, 0.32], [0.18, 0.16], 205, 440), ...arc([0.48, 0.65], [0.21, 0.19], -80, 150)]],
  "4": [line("0.34 0.2, 0.3 0.52, 0.7 0.52"), line("0.66 0.2, 0.63 0.55, 0.6 0.86")],
  "6": [[...line("0.6 0.15, 0.42 0.34, 0.34 0.6"), ...arc([0.5, 0.68], [0.17, 0.16], 180, 540)]],
  "7": [line("0.26 0.22, 0.5 0.21, 0.73 0.22, 0.6 0.48, 0.46 0.85")],
} as const satisfies Readonly<Record<string, readonly Path[]>>;

export type Digit = keyof typeof DIGITS;

/** Not a digit, and unlike any. */
export const W = line("0.1 0.2, 0.3 0.8, 0.5 0.3, 0.7 0.8, 0.9 0.2");

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

/** Key presses that draw a 7 from the middle of the pad, which has the focus: one stroke with two corners. */
export async function typeSeven({ keyboard }: Pick<Tab, "keyboard">): Promise<void> {
  const press = async (key: KeyInput, times: number) => {
    for (let time = 0; time < times; time++) await keyboard.press(key);
  };
  await press("ArrowUp", 8);
  await press("ArrowLeft", 6);
  await press(" ", 1);
  await keyboard.down("Shift");
  await press("ArrowRight", 3); // 12 cells
  await keyboard.up("Shift");
  for (let step = 0; step < 6; step++) {
    await press("ArrowDown", 3);
    await press("ArrowLeft", 1);
  }
  await press(" ", 1);
}

/** Draw strokes on the pad. `beforeLift` runs at the end of each stroke, while the pointer is still down. */
export async function draw(
  page: Tab,
  hand: Hand,
  paths: readonly Path[],
  beforeLift: () => Promise<void> = () => Promise.resolve(),
  canvas = ".pad-canvas",
): Promise<void> {
  const pad = await page.waitForSelector(canvas);
  const box = await pad?.boundingBox();
  if (!box) throw new Error("The pad is not visible.");
  const place = ([x, y]: At): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  for (const path of paths) {
    const [start, ...rest] = path;
    if (!start) continue;
    await hand.down(...place(start));
    for (const at of rest) await hand.move(...place(at));
    await beforeLift();
    await hand.up();
  }
}
