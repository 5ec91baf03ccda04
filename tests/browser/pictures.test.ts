// Models of photos: made, exported and prepared in Python by tests/fixtures/make_photo_models.py, answered in the browser.
// `make test` takes what it wrote once (tests/fixtures/photos); `make test-all` runs it, with a larger model more.
import { execFile } from "node:child_process";
import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Viewport } from "puppeteer-core";
import { beforeAll, expect, test } from "vitest";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import { drawOn, mouse, trace, type Path } from "./hand.ts";
import { boxOf, pressControl, says, scrollTo, textsOf } from "./panel.ts";
import { ALL, inChromium, inEveryBrowser, SITE, SMALLEST, until } from "./scenario.ts";
import { serve } from "./server.ts";
import { makeSite, temporary } from "./site.ts";

const ROOT = join(import.meta.dirname, "../..");
const PYTHON = join(ROOT, ".venv/bin/python");
const PHOTOS = ["disc", "square", "stripes"];
const HINT = "Choose, paste or drop an image";
/** Over the pad, with an end beside it. */
const OVER: Path = [
  [0.1, 0.1],
  [0.2, 0.3],
  [0.4, 0.7],
  [-0.01, -0.01],
];
const WINDOW: Viewport = { width: 800, height: 900 };

/** Largest difference of an input between Python and TypeScript, scaled by 1/0.225, the smallest deviation in use. */
const INPUT = 1e-6 / 0.225;
/**
 * Float32 sums in another order than Keras': each export's report gives 1.8e-7 and 5.4e-6. The larger model is slow enough
 * to be moved to the GPU, which the engine takes where it answers as the CPU to 1e-4.
 */
const ANSWER = { shapes: 1e-5, mobile: 2e-4 };
type Name = keyof typeof ANSWER;
const NAMES: readonly Name[] = ALL ? ["shapes", "mobile"] : ["shapes"];

type Answers = Record<Name, Record<string, { probabilities: number[]; input: number[] }>>;

let site: string;
let answers: Answers;

/** A folder with the models, the photos and Keras' answers. */
async function makeModels(): Promise<string> {
  if (!ALL) return join(ROOT, "tests/fixtures/photos");
  const made = await temporary();
  await promisify(execFile)(PYTHON, [join(ROOT, "tests/fixtures/make_photo_models.py"), made], {
    env: { ...process.env, PYTHONPATH: ROOT },
  });
  return made;
}

beforeAll(async () => {
  const made = await makeModels();
  answers = JSON.parse(await readFile(join(made, "answers.json"), "utf8")) as Answers;
  site = await makeSite();
  for (const folder of [...NAMES, "photos"]) await cp(join(made, folder), join(site, folder), { recursive: true });
  await copyFile(join(SITE, "_headers"), join(site, "_headers"));
  await writeFile(join(site, "photos/text.png"), "no picture");
  for (const [page, model] of [
    ["index", "shapes/manifest.json"],
    ["mobile", "mobile/manifest.json"],
    ["digits", "models/digits/latest.json"],
  ]) {
    await writeFile(
      join(site, `${page!}.html`),
      `<!doctype html><html lang="en"><head><title>A post</title><meta name="viewport" content="width=device-width">
       <link rel="icon" href="data:,"><script type="module" src="embed.js"></script></head>
       <body><main><h1>A post</h1><sketch-classifier src="${model!}" alt="What is on the picture"></sketch-classifier></main></body></html>`,
    );
  }
  // The page itself, with a choice of both kinds.
  await copyFile(join(ROOT, "pipeline/_web/site/index.html"), join(site, "page.html"));
  await cp(join(made, "shapes"), join(site, "models/shapes"), { recursive: true });
  const models = [
    { name: "shapes", path: "shapes/manifest.json" },
    { name: "digits", path: "digits/latest.json" },
  ];
  await writeFile(join(site, "models/index.json"), JSON.stringify({ models }));
}); // in `make test-all` TensorFlow starts twice, and trains

// The functions below run in the page.

/** The part that takes pictures comes when the model is there and the element at rest. */
const isReady = () => {
  const element = document.querySelector<SketchClassifierElement>("sketch-classifier");
  return element?.model != null && element.shadowRoot!.querySelector("[type=file]") !== null;
};

/** Drop a file of the site on the pad, as a reader's hand would, and wait for the answer. */
async function dropped(path: string) {
  const element = document.querySelector<SketchClassifierElement>("sketch-classifier")!;
  const blob = await (await fetch(path)).blob();
  const data = new DataTransfer();
  data.items.add(new File([blob], path, { type: "image/png" }));
  const pad = element.shadowRoot!.querySelector(".pad")!;
  const at = { dataTransfer: data, bubbles: true, cancelable: true };
  const over = new DragEvent("dragover", at);
  pad.dispatchEvent(over);
  const highlighted = pad.classList.contains("dragged");
  const answer = new Promise((resolve) => {
    element.addEventListener("predict", resolve, { once: true });
  });
  pad.dispatchEvent(new DragEvent("drop", at));
  await answer;
  const { label, probabilities, input, picture } = element.prediction!;
  return {
    accepted: over.defaultPrevented && highlighted,
    label,
    probabilities: [...probabilities],
    input: [...input].slice(0, 2 * 96 * 3),
    pixels: picture!.length,
  };
}

const difference = (received: number[], expected: number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(value - (received[i] ?? NaN))));

inEveryBrowser(
  (stage) => {
    test.each(NAMES)("%s answers photos as Keras does, and what it sees is shown in colour", async (name) => {
      await stage.open(WINDOW, "light", name === "shapes" ? "" : "mobile.html");
      await stage.page.waitForFunction(isReady);
      for (const photo of PHOTOS) {
        const expected = answers[name][photo]!;
        const found = await stage.page.evaluate(dropped, `photos/${photo}.png`);
        expect(found.accepted).toBe(true);
        expect(difference(found.input, expected.input)).toBeLessThan(INPUT);
        expect(difference(found.probabilities, expected.probabilities)).toBeLessThan(ANSWER[name]);
        const best = Math.max(...expected.probabilities);
        expect(found.label).toBe(PHOTOS[expected.probabilities.indexOf(best)]);
        if (name === "shapes") expect(found.label).toBe(photo);
        expect(found.pixels).toBe(3 * (name === "shapes" ? 32 : 96) ** 2);
      }
      const shown = await stage.page.evaluate(() => {
        const element = document.querySelector("sketch-classifier")!;
        const canvas = element.shadowRoot!.querySelector<HTMLCanvasElement>("canvas.picture")!;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const { picture } = element.prediction!;
        let worst = 0;
        picture!.forEach((value, i) => {
          const at = 4 * Math.floor(i / 3) + (i % 3);
          worst = Math.max(worst, Math.abs(data[at]! - 255 * value));
        });
        return { worst, size: [canvas.width, canvas.height] };
      });
      expect(shown.size).toEqual(name === "shapes" ? [32, 32] : [96, 96]);
      expect(shown.worst).toBeLessThanOrEqual(0.51); // a byte for each number
      expect(stage.seen.complaints).toEqual([]);
    });
  },
  { host: () => serve(site) },
);

inChromium(
  (stage) => {
    test("the page takes photos too, shows them in colour, leaves out what is about ink; a pad takes pictures of drawings", async () => {
      const { page } = stage;
      await stage.open({ width: 1280, height: 900 }, "light", "page.html");
      await stage.ready();
      await expect.poll(() => stage.text(".words")).toBe("Choose an image");
      await expect.poll(() => stage.text(".pad-hint")).toBe("Choose an image");
      await (await page.$("input.image-file"))!.uploadFile(join(site, "photos/square.png"));
      await says(stage, ".glyph", "square");
      await expect.poll(() => stage.colours(".pad-canvas")).toBeGreaterThan(256); // more than any scale of ink has
      const shown = await page.evaluate(() => ({
        ofInk: [...document.querySelectorAll<HTMLElement>("[data-needs=linear]")]
          .filter(({ hidden }) => !hidden)
          .map(({ id }) => id),
        test: document.querySelector<HTMLElement>(".test-digit")!.hidden,
        role: document.querySelector(".pad-canvas")!.getAttribute("role"),
        described: document.querySelector(".pad-canvas")!.hasAttribute("aria-describedby"),
      }));
      expect(shown).toEqual({ ofInk: [], test: true, role: "button", described: false });
      await stage.panel("gets");
      await expect.poll(() => textsOf(stage, ".shot-name")).toEqual(["Colours", "Cut", "Level"]);
      await says(stage, ".shot:last-child .shot-other b"); // each step was tried
      await scrollTo(stage, "body");
      // Nothing is drawn on it, by hand or by keyboard.
      await trace(mouse(page), await boxOf(stage, ".pad-canvas"), [OVER]);
      await stage.nextFrame();
      await expect.poll(() => stage.text(".glyph")).toBe("square");
      // A model of drawings finds its pad as it was.
      await page.select(".picker select", "digits");
      await page.waitForFunction(() => document.querySelector(".pad-canvas")?.role === "application");
      await expect.poll(() => stage.text(".pad-hint")).toMatch(/^Draw here/);

      // A pad for drawings takes pictures of drawings.
      await stage.open(WINDOW, "light", "digits.html");
      await stage.page.waitForFunction(isReady);
      const { label, pixels } = await stage.page.evaluate(dropped, "photos/disc.png");
      expect(label).toMatch(/^\d$/);
      expect(pixels).toBe(28 * 28);
    });
  },
  { host: () => serve(site) },
);

// The reader's own photo. Only Chromium's protocol hands over the window in which a file is chosen.
inEveryBrowser(
  (stage) => {
    const open = async (viewport: Viewport = WINDOW) => {
      await stage.open(viewport);
      await stage.page.waitForFunction(isReady);
    };
    const deep = async (selector: string) => (await stage.page.waitForSelector(`sketch-classifier >>> ${selector}`))!;
    const hint = async () =>
      (await deep(".hint")).$$eval("slot", (slots) => slots.map(({ textContent }) => textContent).join());
    const predicted = () => stage.page.$eval("sketch-classifier", ({ prediction }) => prediction?.label ?? null);
    const answered = (label: string | null) => until(async () => (await predicted()) === label);
    /** Choose a file in the browser's own window, by default by the button, and wait for the answer to a photo. */
    async function choose(name: string, act?: () => Promise<unknown>): Promise<void> {
      const button = await deep(".buttons button");
      const [chooser] = await Promise.all([stage.page.waitForFileChooser(), act?.() ?? button.click()]);
      await chooser.accept([join(site, "photos", `${name}.png`)]);
      if (PHOTOS.includes(name)) await answered(name);
    }
    test("needs no pen; is chosen by the button, the pad and the keyboard; undo and clear take it away", async () => {
      await open();
      const pad = await deep(".canvas");
      expect(await pad.evaluate(({ role, ariaLabel }) => [role, ariaLabel])).toEqual(["button", HINT]);
      await drawOn(stage, [OVER]);
      await expect.poll(() => predicted()).toBeNull();
      expect(await stage.axeFindings()).toEqual([]);
      await choose("disc");
      await choose("square", () => pad.click());
      for (const [key, photo] of [
        ["Enter", "stripes"],
        ["Space", "disc"],
      ] as const) {
        await stage.page.focus("sketch-classifier");
        await choose(photo, () => stage.page.keyboard.press(key));
      }
      await pressControl(stage, "z");
      await answered("stripes");
      await stage.page.keyboard.press("Delete");
      await answered(null);
    });

    test("is pasted while the pointer or the focus is on the element; what is no picture is refused in words", async () => {
      await open();
      await expect.poll(() => hint()).toBe(HINT);
      await choose("disc");
      await choose("text");
      const spoken = await deep(".spoken");
      await until(async () => (await spoken.evaluate(({ textContent }) => textContent)).includes("could not be read"));
      await expect.poll(() => hint()).toBe("That image could not be read.");
      await choose("disc");
      await expect.poll(() => hint()).toBe(HINT);

      const paste = (where: "element" | "page") =>
        stage.page.evaluate(async (where) => {
          const blob = await (await fetch("photos/square.png")).blob();
          const data = new DataTransfer();
          data.items.add(new File([blob], "x.png", { type: "image/png" }));
          const pad = document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".canvas")!;
          const init = { clipboardData: data, bubbles: true, cancelable: true, composed: true };
          const event = new ClipboardEvent("paste", init);
          (where === "page" ? document.body : pad).dispatchEvent(event);
          return event.defaultPrevented;
        }, where);
      await stage.page.mouse.move(1, 1);
      expect(await paste("page")).toBe(false);
      expect(await paste("element")).toBe(true);
      await answered("square");
      await (await deep(".buttons button:last-child")).click(); // the pointer stays there
      expect(await paste("page")).toBe(true);
      await answered("square");
      await stage.page.mouse.move(1, 1);
      expect(await paste("page")).toBe(false);
    });

    test("is chosen with a finger: targets of 44 pixels, no sideways scrolling, on the smallest phone", async () => {
      await open(SMALLEST);
      const small = await (
        await deep(".pad")
      ).evaluate((pad) => {
        const targets = [...(pad.getRootNode() as ShadowRoot).querySelectorAll(".buttons button, .canvas")];
        return targets
          .map((one) => one.getBoundingClientRect())
          .filter(({ width, height }) => Math.min(width, height) < 43.5);
      });
      expect(small).toEqual([]);
      expect(await stage.overflow()).toBe(0);
      const pad = await deep(".canvas");
      await choose("stripes", () => pad.tap());
    });
  },
  { only: ["chromium"], host: () => serve(site) },
);
