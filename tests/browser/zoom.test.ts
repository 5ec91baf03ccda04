// <sketch-classifier> on a phone whose owner has zoomed in, with two fingers or by larger text, and on paper. Only Chromium's
// protocol zooms.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page, Viewport } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import { launch, watch, type Watch } from "./browser.ts";
import { DIGITS, finger, type Digit } from "./hand.ts";
import { PHONE, SITE } from "./scenario.ts";
import { serve, type Host } from "./server.ts";

/** Of a target that WCAG 2.2 asks for (2.5.8), in CSS pixels. */
const TARGET = 24;
/** Shares of the pad's side, two pixels of the picture that the model gets: strokes are smoothed, and have round ends. */
const NEAR = 2 / 28;
/** Half as wide and high: what a zoom of 200 % leaves of a phone for the layout. */
const ZOOMED: Viewport = { ...PHONE, width: 195, height: 422, deviceScaleFactor: 6 };

let browser: Browser;
let blog: string;
let site: Host;
let host: Host;
let page: Page;
let seen: Watch;

beforeAll(async () => {
  browser = await launch();
  blog = await mkdtemp(join(tmpdir(), "zoom-"));
  site = await serve(SITE, { shared: true });
});
afterAll(async () => {
  await browser.disconnect();
  await site.close();
  await rm(blog, { recursive: true });
});

async function open(viewport: Viewport, css = ""): Promise<void> {
  await writeFile(join(blog, "blog.css"), css);
  await writeFile(
    join(blog, "index.html"),
    `<!doctype html><html lang="en"><head><title>A post</title><meta name="viewport" content="width=device-width">
     <link rel="icon" href="data:,"><link rel="stylesheet" href="blog.css">
     <script type="module" src="${site.url}embed.js"></script></head>
     <body><h1>A post</h1><sketch-classifier src="${site.url}models/mnist-softmax/latest.json"></sketch-classifier></body></html>`,
  );
  await page.setViewport(viewport);
  await page.goto(host.url);
  // What engages the pad comes at rest.
  await page.waitForFunction(() =>
    document.querySelector<SketchClassifierElement>("sketch-classifier")?.shadowRoot!.querySelector(".hint small"),
  );
}

beforeEach(async () => {
  host = await serve(blog, {
    policy: `default-src 'none'; script-src ${site.origin}; connect-src ${site.origin}; style-src 'self'; img-src data:`,
  });
  page = await browser.newPage();
  seen = await watch(page);
});
afterEach(async () => {
  await page.close();
  await host.close();
});

// The functions below run in the page.

/** The part of the pad that the window shows, from the window's top left, in CSS pixels: there the protocol's fingers are. */
function visiblePad() {
  const { shadowRoot } = document.querySelector("sketch-classifier")!;
  const pad = shadowRoot!.querySelector(".canvas")!.getBoundingClientRect();
  const { offsetLeft, offsetTop, width, height, scale } = visualViewport!;
  const [left, top] = [Math.max(pad.left, offsetLeft), Math.max(pad.top, offsetTop)];
  const [right, bottom] = [Math.min(pad.right, offsetLeft + width), Math.min(pad.bottom, offsetTop + height)];
  const side = Math.min(right - left, bottom - top);
  const ofPad = { padSide: pad.width, padX: left - pad.left, padY: top - pad.top };
  return { x: left - offsetLeft, y: top - offsetTop, side, scale, ...ofPad };
}

/** The middle of the ink, in shares of the pad's side. */
function inkMiddle() {
  const { shadowRoot } = document.querySelector("sketch-classifier")!;
  const canvas = shadowRoot!.querySelector<HTMLCanvasElement>(".canvas")!;
  const { width, height } = canvas;
  // A copy: who reads a canvas again and again is warned.
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint32Array(data.buffer);
  const [xs, ys]: [number[], number[]] = [[], []];
  pixels.forEach((pixel, index) => {
    if (pixel === pixels[0]) return; // as in the corner: paper
    xs.push(index % width);
    ys.push(Math.floor(index / width));
  });
  const middle = (all: number[], side: number) =>
    (all.reduce((a, b) => Math.min(a, b)) + all.reduce((a, b) => Math.max(a, b)) + 1) / 2 / side;
  return { x: middle(xs, width), y: middle(ys, height) };
}

/** The buttons that are shown, and by how many pixels the page is wider than the window. */
function layout() {
  const { shadowRoot } = document.querySelector("sketch-classifier")!;
  const buttons = [...shadowRoot!.querySelectorAll("button")].map((button) => ({
    name: button.textContent.trim() || (button.getAttribute("aria-label") ?? ""),
    box: button.getBoundingClientRect().toJSON() as DOMRect,
  }));
  const { scrollWidth, clientWidth } = document.documentElement;
  return { buttons: buttons.filter(({ box }) => box.width > 0), overflow: scrollWidth - clientWidth, clientWidth };
}

/** Draw a digit in the visible part of the pad. The ink must be where the finger was. */
async function drawn(digit: Digit): Promise<{ label: string; box: ReturnType<typeof visiblePad> }> {
  await page.evaluate(() => {
    document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".canvas")!.scrollIntoView();
  });
  const box = await page.evaluate(visiblePad);
  const hand = finger(page);
  await hand.down(box.x + box.side / 2, box.y + box.side / 2); // a tap: until then a finger scrolls
  await hand.up();
  await page.evaluate(() => {
    document.querySelector("sketch-classifier")!.clear();
  });
  for (const path of DIGITS[digit]) {
    const places = path.map(([x, y]) => [box.x + x * box.side, box.y + y * box.side] as const);
    await hand.down(...places[0]!);
    for (const place of places.slice(1)) await hand.move(...place);
    await hand.up();
  }
  await page.waitForFunction(() => document.querySelector("sketch-classifier")!.prediction);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const ink = await page.evaluate(inkMiddle);
  const middle = (all: number[], before: number) =>
    (before + ((Math.min(...all) + Math.max(...all)) / 2) * box.side) / box.padSide;
  const points = DIGITS[digit].flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  expect(Math.abs(ink.x - middle(xs, box.padX))).toBeLessThan(NEAR);
  expect(Math.abs(ink.y - middle(ys, box.padY))).toBeLessThan(NEAR);
  const label = await page.evaluate(() => document.querySelector("sketch-classifier")!.prediction!.label);
  return { label, box };
}

const digits = ["0", "2", "3", "7"] as const;

test("zoomed in with two fingers, a stroke lands where the finger is", async () => {
  await open(PHONE);
  const session = await page.createCDPSession();
  await session.send("Emulation.setPageScaleFactor", { pageScaleFactor: 2 });
  for (const digit of digits) {
    const { label, box } = await drawn(digit);
    expect(box.scale).toBe(2);
    expect(box.side).toBeLessThan(0.75 * box.padSide); // only a part of the pad is there to draw on
    expect(label).toBe(digit);
  }
  expect(await page.evaluate(() => visualViewport!.scale)).toBe(2); // drawing does not zoom
  expect(seen.complaints).toEqual([]);
});

test.each([
  ["in a window of half the width, as zooming to 200 % makes it", ZOOMED, ""],
  ["with text of twice the size", PHONE, "html { font-size: 200% }"],
])("%s, digits are read, nothing is cut off, and every button can be hit", async (_, viewport, css) => {
  await open(viewport, css);
  for (const digit of digits) expect((await drawn(digit)).label).toBe(digit);
  const { buttons, overflow, clientWidth } = await page.evaluate(layout);
  expect(overflow).toBe(0);
  expect(clientWidth).toBe(viewport.width);
  expect(buttons.length).toBeGreaterThanOrEqual(2); // undo, clear
  for (const { name, box } of buttons) {
    expect(name).not.toBe("");
    expect(Math.min(box.width, box.height), name).toBeGreaterThanOrEqual(TARGET);
    expect(box.left, name).toBeGreaterThanOrEqual(0);
    expect(box.right, name).toBeLessThanOrEqual(viewport.width);
  }
  expect(seen.complaints).toEqual([]);
});

test("on paper there are no buttons, and the bars keep their colours; in forced colours words can be read", async () => {
  await open(PHONE);
  await drawn("3");
  await page.waitForFunction(
    () => document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".headline")?.textContent,
  );
  await page.emulateMediaType("print");
  const { buttons, bar } = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector("sketch-classifier")!;
    return {
      buttons: shadowRoot!.querySelector(".buttons")!.getClientRects().length,
      bar: getComputedStyle(shadowRoot!.querySelector(".winner .fill")!).printColorAdjust,
    };
  });
  expect(buttons).toBe(0);
  expect(bar).toBe("exact");

  const session = await page.createCDPSession();
  const features = Object.entries({ "forced-colors": "active", "prefers-color-scheme": "dark" });
  await session.send("Emulation.setEmulatedMedia", { features: features.map(([name, value]) => ({ name, value })) });
  await open(PHONE);
  const colour = await page.evaluate(async () => {
    const element = document.querySelector("sketch-classifier")!;
    element.explain = true;
    const legend = () => element.shadowRoot!.querySelector("span.for");
    while (!legend()) await new Promise((done) => requestAnimationFrame(done));
    return getComputedStyle(legend()!).color;
  });
  expect(colour).toBe("rgb(255, 255, 255)");
});
