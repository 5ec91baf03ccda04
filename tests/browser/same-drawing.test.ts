// One drawing for the page and the element: the same recorded events give the same pixels on both, and the same input for the
// model. SITE_DIR as in scenario.ts.
import { expect, test } from "vitest";
import { settings } from "./drawing.ts";
import { openPage } from "./panel.ts";
import { inEveryBrowser, type Stage } from "./scenario.ts";

type Recorded =
  | readonly [type: "pointerdown" | "pointermove" | "lostpointercapture", x: number, y: number, more?: PointerEventInit]
  | readonly [type: "keydown", more: KeyboardEventInit];

declare global {
  /** What was read last from a canvas, for a model. */
  var read: ImageData | null;
  /** Play recorded events on the canvas of the page or of the element. */
  var replay: (where: "page" | "element", events: readonly Recorded[]) => void;
  var canvasOf: (where: "page" | "element") => HTMLCanvasElement;
}

/** CSS pixels. One of them is less than three steps of the grid that points lie on, and not a whole number of steps. */
const SIDE = 390;

const curve = (count: number, place: (t: number) => readonly [x: number, y: number], more: PointerEventInit = {}) =>
  Array.from({ length: count }, (_, index): Recorded => ["pointermove", ...place(index / (count - 1)), more]);

/** A hand with all its bad habits: trembling, leaving the pad, a palm that rests on it, a second button. */
const MOUSE: readonly Recorded[] = [
  ["pointerdown", 120.5, 60.25],
  ["pointerdown", 300, 300, { pointerId: 7, pointerType: "touch", isPrimary: false }],
  ...curve(60, (t) => [120 + 160 * t + 0.4 * Math.sin(90 * t), 60 + 3 * Math.sin(9 * t)]),
  ["pointermove", 310, 310, { pointerId: 7, pointerType: "touch", isPrimary: false }],
  ["lostpointercapture", 310, 310, { pointerId: 7, pointerType: "touch", isPrimary: false }],
  ...curve(45, (t) => [280 - 110 * t, 60 + 270 * t]),
  ["lostpointercapture", 170, 330],
  ["pointerdown", 10, 10, { button: 2 }],
  ["pointermove", 50, 50],
  ["pointerdown", 330, 380],
  ...curve(20, (t) => [330 + 200 * t, 380 + 100 * t]),
  ["lostpointercapture", 530, 480],
  ["pointerdown", 200, 195.3], // a tap
  ["lostpointercapture", 200, 195.3],
];

const pen = { pointerId: 3, pointerType: "pen" };
const PEN: readonly Recorded[] = [
  ["pointerdown", 195, 60, { ...pen, pressure: 0.1 }],
  ...[0.2, 0.5, 0.9, 0.9005, 0.4].flatMap((pressure, part) =>
    curve(12, (t) => [195 + part, 60 + 50 * (part + t)], { ...pen, pressure }),
  ),
  ["lostpointercapture", 195, 310, pen],
];

const keys = (names: readonly string[], more: KeyboardEventInit = {}) =>
  names.map((key): Recorded => ["keydown", { ...more, key }]);
const KEYS: readonly Recorded[] = [
  ...keys(["ArrowUp", "ArrowUp", "Home", "Enter"]),
  ...keys(["ArrowRight", "ArrowRight"], { shiftKey: true }),
  ...keys(["ArrowDown", "End", "PageDown", "ArrowDown"], { shiftKey: true }),
  ...keys(["Escape", "ArrowLeft", " ", "ArrowLeft", "ArrowLeft", "Enter"]),
  ...keys([" ", " "], { repeat: true }), // nothing is lowered or lifted while a key is held down
  ...keys([" ", "PageUp", " ", "Delete"]),
  ...keys(["z"], { ctrlKey: true }),
  ...keys([" ", "ArrowUp"]), // still down when the pointer takes over
  ["pointerdown", 60, 200],
  ...curve(20, (t) => [60 + 90 * t, 200 + 60 * t * t]),
  ["lostpointercapture", 150, 260],
  ...keys(["ArrowUp"]),
];

/** The page with the element beside its pad: two pads of the same size and colour, both with their model. */
async function openBoth(stage: Stage): Promise<void> {
  await openPage(stage, { viewport: { width: 800, height: 900 } });
  await stage.page.evaluate(async (side) => {
    globalThis.canvasOf = (where) =>
      where === "page"
        ? document.querySelector<HTMLCanvasElement>(".pad-canvas")!
        : document.querySelector("sketch-classifier")!.shadowRoot!.querySelector<HTMLCanvasElement>(".canvas")!;
    const sheet = new CSSStyleSheet();
    const fixed = `position: fixed; z-index: 9; top: 0; margin: 0;`;
    const square = `box-sizing: border-box; border: 0; width: ${side}px; height: ${side}px; max-width: none; max-height: none;`;
    sheet.replaceSync(
      `.pad { ${fixed} ${square} left: 0; }
       sketch-classifier { ${fixed} left: ${side + 10}px; width: ${side}px; --sketch-ink: ${getComputedStyle(canvasOf("page")).color}; }
       sketch-classifier::part(pad) { ${square} }`,
    );
    document.adoptedStyleSheets.push(sheet);
    const script = Object.assign(document.createElement("script"), { type: "module", src: "embed.js" });
    const element = document.createElement("sketch-classifier");
    const { models } = (await (await fetch("models/index.json")).json()) as { models: { path: string }[] };
    element.setAttribute("src", `models/${models[0]!.path}`);
    document.body.append(script, element);
  }, SIDE);
  await stage.page.waitForFunction(() => Boolean(document.querySelector("sketch-classifier")?.model));
  // The keyboard's part of the element is fetched when it is first needed.
  await stage.page.evaluate(() => {
    canvasOf("element").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  });
  await stage.page.waitForFunction(
    (side) =>
      document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".cursor") !== null &&
      (["page", "element"] as const).every((where) => canvasOf(where).width === Math.round(side * devicePixelRatio)),
    {},
    SIDE,
  );
  await stage.page.evaluate(() => {
    // A pointer of recorded events does not exist, and cannot be captured.
    HTMLCanvasElement.prototype.setPointerCapture = () => undefined;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the context it came from
    const { getImageData } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.getImageData = function (...box) {
      const data = getImageData.apply(this, box);
      if (!this.canvas.isConnected) globalThis.read = data;
      return data;
    };
    globalThis.replay = (where, events) => {
      const canvas = canvasOf(where);
      const { left, top } = canvas.getBoundingClientRect();
      const common = { bubbles: true, cancelable: true, composed: true };
      for (const event of events) {
        if (event[0] === "keydown") canvas.dispatchEvent(new KeyboardEvent("keydown", { ...common, ...event[1] }));
        else {
          const [type, x, y, more] = event;
          const place = { clientX: left + x, clientY: top + y };
          const pointer = { ...common, pointerId: 1, pointerType: "mouse", ...place, ...more };
          canvas.dispatchEvent(new PointerEvent(type, pointer));
        }
      }
    };
  });
}

/** What the pad shows, what its model read, and what it answered. */
const outcome = ({ page }: Stage, where: "page" | "element", events: readonly Recorded[]) =>
  page.evaluate(
    async (where, events) => {
      Object.assign(globalThis, { read: null }); // an assignment would tell TypeScript that it stays null
      replay(where, events);
      for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
      const { width, height, data } = globalThis.read ?? { width: 0, height: 0, data: [] };
      const fills = [...document.querySelectorAll<HTMLElement>(".bars .bar-fill")];
      const probabilities =
        where === "page"
          ? fills.map(({ style }) => Number(style.getPropertyValue("--share")))
          : [...(document.querySelector("sketch-classifier")!.prediction?.probabilities ?? [])];
      return { shown: canvasOf(where).toDataURL(), input: [width, height, ...data].join(), probabilities };
    },
    where,
    events as Recorded[],
  );

inEveryBrowser((stage) => {
  test("mouse, keyboard and pen, with undo in between: the same pixels on the page and in the element", async () => {
    await openBoth(stage);
    for (const events of [MOUSE, [...keys(["z"], { metaKey: true }), ...KEYS], PEN]) {
      const onPage = await outcome(stage, "page", events);
      const inElement = await outcome(stage, "element", events);
      expect(onPage.input.length).toBeGreaterThan(10_000); // ink, and not just a blank canvas
      expect(onPage.probabilities.some((share) => share > 0)).toBe(true);
      expect(inElement.input === onPage.input).toBe(true); // not toBe: megabytes of difference help nobody
      expect(inElement.probabilities).toEqual(onPage.probabilities);
      expect(inElement.shown).toBe(onPage.shown);
    }
    expect(stage.seen.complaints).toEqual([]);
  });
}, settings);
