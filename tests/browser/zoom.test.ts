// <sketch-classifier> on a phone whose owner has zoomed in, with two fingers or by larger text, and
// on paper. Only Chromium's protocol zooms.
import type { Viewport } from "puppeteer-core";
import { expect, test } from "vitest";
import { Blog, inChromiumAlone, PHONE, strokesOf, type Written } from "./scenario.ts";

/** Smallest target in WCAG 2.2 (2.5.8), in CSS pixels. */
const TARGET = 24;
/**
 * Shares of the pad's side, two pixels of the picture that the model gets: strokes are smoothed,
 * and have round ends.
 */
const NEAR = 2 / 28;
/** Half as wide and high: what a zoom of 200 % leaves of a phone for the layout. */
const ZOOMED: Viewport = { ...PHONE, width: 195, height: 422, deviceScaleFactor: 6 };

// The functions below run in the page.

/**
 * The part of the pad that the window shows, from the window's top left, in CSS pixels: there the
 * protocol's fingers are.
 */
function visiblePad() {
  const pad = find("sketch-classifier", ".canvas")!.getBoundingClientRect();
  const { offsetLeft, offsetTop, width, height, scale } = visualViewport!;
  const [left, top] = [Math.max(pad.left, offsetLeft), Math.max(pad.top, offsetTop)];
  const [right, bottom] = [
    Math.min(pad.right, offsetLeft + width),
    Math.min(pad.bottom, offsetTop + height),
  ];
  const side = Math.min(right - left, bottom - top);
  const ofPad = { padSide: pad.width, padX: left - pad.left, padY: top - pad.top };
  return { x: left - offsetLeft, y: top - offsetTop, side, scale, ...ofPad };
}

/** The middle of the ink, in shares of the pad's side. */
function inkMiddle() {
  const canvas = find("sketch-classifier", ".canvas") as HTMLCanvasElement;
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
  return {
    buttons: buttons.filter(({ box }) => box.width > 0),
    overflow: scrollWidth - clientWidth,
    clientWidth,
  };
}

inChromiumAlone((blog) => {
  async function open(size: Viewport, css = ""): Promise<void> {
    await blog.post(
      `<h1>A post</h1><sketch-classifier src="${blog.src("mnist-softmax")}"></sketch-classifier>`,
      {
        css,
        size,
      },
    );
    // what engages the pad comes at rest
    await blog.until(() => Boolean(find("sketch-classifier", ".hint small")));
  }

  /** Draw a digit in the visible part of the pad. The ink must be where the finger was. */
  async function drawn(digit: Written) {
    await blog.page.evaluate(() => {
      find("sketch-classifier", ".canvas")!.scrollIntoView();
    });
    const box = await blog.page.evaluate(visiblePad);
    const place = { x: box.x, y: box.y, width: box.side, height: box.side };
    // a tap: until then a finger scrolls
    await blog.draw([[[0.5, 0.5]]], place, blog.page.touchscreen);
    await blog.onPad((pad) => {
      pad.clear();
    });
    await blog.draw(digit, place, blog.page.touchscreen);
    const label = await blog.predicted();
    const ink = await blog.page.evaluate(inkMiddle);
    const middle = (all: number[], before: number) =>
      (before + ((Math.min(...all) + Math.max(...all)) / 2) * box.side) / box.padSide;
    const points = strokesOf(digit).flat();
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    expect(Math.abs(ink.x - middle(xs, box.padX))).toBeLessThan(NEAR);
    expect(Math.abs(ink.y - middle(ys, box.padY))).toBeLessThan(NEAR);
    return { label, box };
  }

  const digits = ["0", "2", "3", "7"] as const;

  test("zoomed in with two fingers, a stroke lands where the finger is", async () => {
    await open(PHONE);
    const session = await blog.page.createCDPSession();
    await session.send("Emulation.setPageScaleFactor", { pageScaleFactor: 2 });
    for (const digit of digits) {
      const { label, box } = await drawn(digit);
      expect(box.scale).toBe(2);
      // only a part of the pad is there to draw on
      expect(box.side).toBeLessThan(0.75 * box.padSide);
      expect(label).toBe(digit);
    }
    expect(await blog.page.evaluate(() => visualViewport!.scale)).toBe(2); // drawing does not zoom
  });

  test.each([
    ["in a window of half the width, as zooming to 200 % makes it", ZOOMED, ""],
    ["with text of twice the size", PHONE, "html { font-size: 200% }"],
  ])(
    "%s, digits are read, nothing is cut off, and every button can be hit",
    async (_, viewport, css) => {
      await open(viewport, css);
      for (const digit of digits) expect((await drawn(digit)).label).toBe(digit);
      const { buttons, overflow, clientWidth } = await blog.page.evaluate(layout);
      expect(overflow).toBe(0);
      expect(clientWidth).toBe(viewport.width);
      expect(buttons.length).toBeGreaterThanOrEqual(2); // undo, clear
      for (const { name, box } of buttons) {
        expect(name).not.toBe("");
        expect(Math.min(box.width, box.height), name).toBeGreaterThanOrEqual(TARGET);
        expect(box.left, name).toBeGreaterThanOrEqual(0);
        expect(box.right, name).toBeLessThanOrEqual(viewport.width);
      }
    },
  );

  test("on paper there are no buttons, and the bars keep their colours; in forced colours words can be read", async () => {
    await open(PHONE);
    await drawn("3");
    await blog.until(() => find("sketch-classifier", ".headline")?.textContent);
    await blog.page.emulateMediaType("print");
    await expect.poll(() => blog.isShown(".buttons")).toBe(false);
    const fill = () =>
      getComputedStyle(find("sketch-classifier", ".winner .fill")!).printColorAdjust;
    expect(await blog.page.evaluate(fill)).toBe("exact");

    const session = await blog.page.createCDPSession();
    const features = Object.entries({ "forced-colors": "active", "prefers-color-scheme": "dark" });
    await session.send("Emulation.setEmulatedMedia", {
      features: features.map(([name, value]) => ({ name, value })),
    });
    await open(PHONE);
    await blog.set({ explain: true });
    await blog.until(() => Boolean(find("sketch-classifier", "span.for")));
    const colour = await blog.page.evaluate(
      () => getComputedStyle(find("sketch-classifier", "span.for")!).color,
    );
    expect(colour).toBe("rgb(255, 255, 255)");
  });
}, new Blog());
