// What the tests of drawing share: a copy of the site with one model more, the tab of the test that runs (`follow` sets
// it), and what they do to the pad and read off it. SITE_DIR as in page.test.ts.
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Viewport } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "../../web/src/testing/published.ts";
import { asPage, type Tab, type Watch } from "./browser.ts";
import { finger, mouse, type Path } from "./hand.ts";
import { manifestOf as publishedManifest, SITE as site, type Stage } from "./scenario.ts";
import type { Host } from "./server.ts";

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

/** A model that is not linear, of other pictures (16 × 16) and with other labels, beside the site's own. */
async function addLetters(to: string): Promise<void> {
  const model = denseModel(256, [
    { units: 8, activation: "relu" },
    { units: 3, activation: "softmax" },
  ]);
  const formats = [{ id: "layers-float32", files: filesOf(model) }];
  const manifest = {
    ...manifestOf(formats, 256, ["A", "B", "long label"]),
    name: "letters",
    preprocess: {
      drawing: [{ step: "ink" }, { step: "fit", box: 12 }, { step: "center", height: 16, width: 16 }],
      image: [{ step: "flatten" }],
    },
  };
  Object.assign((manifest as unknown as { input: object }).input, {
    image: { height: 16, width: 16, channels: 1 },
  });
  for (const [url, content] of publish(manifest, formats)) {
    const path = join(to, "models/letters", url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const path = join(to, "models/index.json");
  const index = JSON.parse(await readFile(path, "utf8")) as {
    models: object[];
  };
  index.models.push({ name: "letters", path: "letters/latest.json" });
  await writeFile(path, JSON.stringify(index));
}

async function readReferences(): Promise<readonly TestImage[] | null> {
  const { manifest } = await publishedManifest();
  const path = join(folder, "models", manifest.name, manifest.version, "reference.json");
  if (!existsSync(path)) return null;
  return (JSON.parse(await readFile(path, "utf8")) as { images: TestImage[] }).images;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "draw-"));
  await cp(site, folder, { recursive: true });
  await addLetters(folder);
  references = await readReferences();
});

afterAll(() => rm(folder, { recursive: true }));

export const settings = { site: () => Promise.resolve(folder) };
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
      const canvas = Object.assign(document.createElement("canvas"), {
        width: 900,
        height: 600,
      });
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
