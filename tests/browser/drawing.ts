// The scenarios of drawing share a copy of the site with one model more, the tab of the test that runs (`follow` sets it),
// and what they do to the pad and read off it. SITE_DIR as in scenario.ts.
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewport } from "puppeteer-core";
import { beforeEach, expect, inject } from "vitest";
import { asPage, type Tab, type Watch } from "./browser.ts";
import { finger, mouse, type Path } from "./hand.ts";
import { manifestOf, SITE, type Stage } from "./scenario.ts";
import type { Host } from "./server.ts";
import { addLetters } from "./site.ts";

/** Between two predictions of the same drawing: the same arithmetic on the same pixels, so in truth they are equal. */
const SAME = 1e-6;

export let folder: string; // a copy of the site, with one model more
export let host: Host;
export let stage: Stage;
export let page: Tab;
export let seen: Watch;

interface TestImage {
  readonly index: number;
  readonly label: number;
}
/** The reference images of the site's first model; null when it is published without them. */
export let references: readonly TestImage[] | null = null;

async function makeFolder(): Promise<string> {
  folder = await mkdtemp(join(inject("temporary"), "draw-"));
  await cp(SITE, folder, { recursive: true });
  await addLetters(folder);
  const { manifest } = await manifestOf();
  const path = join(folder, "models", manifest.name, manifest.version, "reference.json");
  if (existsSync(path)) {
    references = (JSON.parse(await readFile(path, "utf8")) as { images: TestImage[] }).images;
  }
  return folder;
}
let made: Promise<string> | null = null;
export const settings = { site: () => (made ??= makeFolder()) };

/** In each test, `stage`, `host`, `page` and `seen` are those of the scenario that is played. */
export function follow(played: Stage): void {
  beforeEach(() => {
    stage = played;
    ({ host, page, seen } = played);
  });
}

export async function open(viewport: Viewport, rest = ""): Promise<void> {
  await page.setViewport(viewport);
  await page.goto(host.url + rest);
  await ready();
}

export const ready = () => page.waitForSelector(".bar");
export const text = (selector: string) => page.$eval(selector, (element) => element.textContent.trim());
export const hash = () => page.evaluate(() => location.hash);
export const isOff = (selector: string) =>
  page.$eval(selector, (button) => button.getAttribute("aria-disabled") === "true");
export const settled = () =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Probabilities in full precision; empty while nothing is claimed. */
export async function shares(): Promise<number[]> {
  await settled();
  return page.$$eval(".bar", (bars) =>
    bars.some((bar) => bar.classList.contains("winner"))
      ? bars.map((bar) => Number(bar.querySelector<HTMLElement>(".bar-fill")?.style.getPropertyValue("--share")))
      : [],
  );
}

export async function answer(): Promise<string> {
  await settled();
  return text(".glyph");
}

/** The pixels of a canvas, as text that any change alters. */
export const pixels = (selector: string) =>
  page.$eval(selector, (element) => (element as HTMLCanvasElement).toDataURL());

export const expectSame = (found: readonly number[], before: readonly number[]) => {
  expect(found).toHaveLength(before.length);
  expect(before.length).toBeGreaterThan(0);
  for (const [index, share] of found.entries()) {
    expect(Math.abs(share - (before[index] ?? NaN))).toBeLessThan(SAME);
  }
};

export async function press(combination: "Control+z" | "Control+v"): Promise<void> {
  await page.keyboard.down("Control");
  await page.keyboard.press(combination === "Control+z" ? "z" : "v");
  await page.keyboard.up("Control");
}

export const axeFindings = () => stage.axeFindings();
export const address = () => page.evaluate(() => location.href);

/** A PNG of strokes: not square, larger than the pad, the digit small and off its middle. */
export async function picture(
  name: string,
  strokes: readonly Path[],
  paper: string | null,
  ink: string,
): Promise<string> {
  const data = await page.evaluate(
    (strokes, paper, ink) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 900, height: 600 });
      const context = canvas.getContext("2d")!;
      if (paper) {
        context.fillStyle = paper;
        context.fillRect(0, 0, 900, 600);
      }
      Object.assign(context, { lineWidth: 24, lineCap: "round" });
      context.strokeStyle = ink;
      for (const stroke of strokes) {
        context.beginPath();
        for (const [x, y] of stroke) context.lineTo(500 + 300 * x, 40 + 300 * y);
        context.stroke();
      }
      return canvas.toDataURL().split(",")[1]!;
    },
    strokes as [number, number][][],
    paper,
    ink,
  );
  const path = join(folder, name);
  await writeFile(path, Buffer.from(data, "base64"));
  return path;
}

export async function choose(path: string): Promise<void> {
  if (stage.browser.name !== "chromium") {
    // No driver but Chromium’s hands over the dialogue that the button opens.
    await (await page.$(".image-file"))?.uploadFile(path);
    return;
  }
  const [chooser] = await Promise.all([asPage(page).waitForFileChooser(), page.click(".choose-image")]);
  await chooser.accept([path]);
}

/** Only Chromium has permissions for it. */
export const allowClipboard = () =>
  asPage(page)
    .browserContext()
    .setPermission(
      host.origin,
      ...["clipboard-read", "clipboard-write"].map((name) => ({ permission: { name }, state: "granted" as const })),
    );

/** A finger, or a mouse where no driver has a finger. */
export const touch = () => (stage.browser.noTouch === null ? finger(page) : mouse(page));

export const whenNoted = () => page.waitForFunction(() => document.querySelector(".pad-note")?.textContent !== "");
export const whenAnswered = (label: string) =>
  page.waitForFunction((label) => document.querySelector(".glyph")?.textContent === label, {}, label);
