// What the scenarios of drawing share: a copy of the site with one model more, and pictures for the pad.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { asPage } from "./browser.ts";
import type { Path } from "./hand.ts";
import type { Stage } from "./scenario.ts";
import { serve } from "./server.ts";
import { addKerasModel, copyOfSite, listModel, temporary } from "./site.ts";

/** Of two predictions of the same drawing: the same arithmetic on the same pixels, so in truth they are equal. */
const PLACES = 6;

async function makeFolder(): Promise<string> {
  const folder = await copyOfSite();
  await addKerasModel(folder, "letters", "cnn layers uint16"); // not linear, of other pictures and labels
  await listModel(folder, "letters");
  return folder;
}
let made: Promise<string> | null = null;
export const settings = { host: async () => serve(await (made ??= makeFolder())) };

/** Probabilities in full precision, once they rest; empty while nothing is claimed. */
export async function shares(stage: Stage): Promise<number[]> {
  const read = async () => {
    await stage.nextFrame();
    return stage.page.$$eval(".bar", (bars) =>
      bars.some((bar) => bar.classList.contains("winner"))
        ? bars.map((bar) => Number(bar.querySelector<HTMLElement>(".bar-fill")?.style.getPropertyValue("--share")))
        : [],
    );
  };
  for (let last = await read(); ;) {
    const now = await read();
    if (now.join() === last.join()) return now;
    last = now;
  }
}

/** Wait until the page answers with these probabilities. */
export async function expectShares(stage: Stage, expected: readonly number[]): Promise<void> {
  expect(expected.length).toBeGreaterThan(0);
  const close = expected.map((share): unknown => expect.closeTo(share, PLACES));
  await expect.poll(() => shares(stage)).toEqual(close);
}

/** A PNG of strokes: not square, larger than the pad, the digit small and off its middle. */
export async function picture(
  { page }: Stage,
  strokes: readonly Path[],
  paper: string | null = "white",
  ink = "black",
): Promise<string> {
  const data = await page.evaluate(
    (strokes, paper, ink) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 900, height: 600 });
      const context = canvas.getContext("2d")!;
      context.fillStyle = paper ?? "transparent";
      context.fillRect(0, 0, 900, 600);
      Object.assign(context, { lineWidth: 24, lineCap: "round", strokeStyle: ink });
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
  const path = join(await temporary(), "picture.png");
  await writeFile(path, Buffer.from(data, "base64"));
  return path;
}

/** Choose an image file for the pad. */
export async function choose({ browser, page }: Stage, path: string): Promise<void> {
  if (browser.name !== "chromium") {
    // No driver but Chromium’s hands over the dialogue that the button opens.
    await (await page.$(".image-file"))?.uploadFile(path);
    return;
  }
  const [chooser] = await Promise.all([asPage(page).waitForFileChooser(), page.click(".choose-image")]);
  await chooser.accept([path]);
}

/** Only Chromium has permissions for it. */
export async function allowClipboard({ page, host }: Stage): Promise<void> {
  const names = ["clipboard-read", "clipboard-write"];
  const granted = names.map((name) => ({ permission: { name }, state: "granted" as const }));
  await asPage(page)
    .browserContext()
    .setPermission(host.origin, ...granted);
}
