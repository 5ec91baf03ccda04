// All ways of putting something on the pad, and of bringing it back, in a real browser. SITE_DIR as in page.test.ts.
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Page, Viewport } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import {
  filesOf,
  manifestOf,
  publish,
  ROOT,
} from "../../web/src/testing/published.ts";
import type { Tab, Watch } from "./browser.ts";
import {
  DIGITS,
  draw,
  finger,
  mouse,
  pen,
  typeSeven,
  type Hand,
  type Path,
} from "./hand.ts";
import {
  DESKTOP,
  inEveryBrowser,
  PHONE,
  SITE as site,
  SMALLEST,
  type Stage,
} from "./scenario.ts";
import type { Host } from "./server.ts";

/** Between two predictions of the same drawing: the same arithmetic on the same pixels, so in truth they are equal. */
const SAME = 1e-6;

let folder: string; // a copy of the site, with one model more
let host: Host;
let stage: Stage;
let page: Tab;
let seen: Watch;

interface TestImage {
  readonly index: number;
  readonly label: number;
}
/** The reference images of the site's first model; null when it is published without them. */
let references: readonly TestImage[] | null = null;

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
      drawing: [
        { step: "ink" },
        { step: "fit", box: 12 },
        { step: "center", height: 16, width: 16 },
      ],
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
  const models = join(folder, "models");
  const index = JSON.parse(
    await readFile(join(models, "index.json"), "utf8"),
  ) as { models: { name: string; version: string }[] };
  const first = index.models[0];
  if (!first) throw new Error(`${site} lists no model.`);
  const path = join(models, first.name, first.version, "reference.json");
  if (!existsSync(path)) return null;
  return (JSON.parse(await readFile(path, "utf8")) as { images: TestImage[] })
    .images;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "draw-"));
  await cp(site, folder, { recursive: true });
  await addLetters(folder);
  references = await readReferences();
});

afterAll(() => rm(folder, { recursive: true }));

const settings = { site: () => Promise.resolve(folder) };
function follow(played: Stage): void {
  beforeEach(() => {
    stage = played;
    ({ host, page, seen } = played);
  });
}

async function open(viewport: Viewport, rest = ""): Promise<void> {
  await page.setViewport(viewport);
  await page.goto(host.url + rest);
  await ready();
}

const ready = () => page.waitForSelector(".bar");
const text = (selector: string) =>
  page.$eval(selector, (element) => element.textContent.trim());
const hash = () => page.evaluate(() => location.hash);
const isOff = (selector: string) =>
  page.$eval(
    selector,
    (button) => button.getAttribute("aria-disabled") === "true",
  );
const settled = () =>
  page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(done)),
      ),
  );

/** Probabilities in full precision; empty while nothing is claimed. */
async function shares(): Promise<number[]> {
  await settled();
  return page.$$eval(".bar", (bars) =>
    bars.some((bar) => bar.classList.contains("winner"))
      ? bars.map((bar) =>
          Number(
            bar
              .querySelector<HTMLElement>(".bar-fill")
              ?.style.getPropertyValue("--share"),
          ),
        )
      : [],
  );
}

async function answer(): Promise<string> {
  await settled();
  return text(".glyph");
}

/** The pixels of a canvas, as text that any change alters. */
const pixels = (selector: string) =>
  page.$eval(selector, (element) => (element as HTMLCanvasElement).toDataURL());

const expectSame = (found: readonly number[], before: readonly number[]) => {
  expect(found).toHaveLength(before.length);
  expect(before.length).toBeGreaterThan(0);
  for (const [index, share] of found.entries()) {
    expect(Math.abs(share - (before[index] ?? NaN))).toBeLessThan(SAME);
  }
};

async function press(combination: "Control+z" | "Control+v"): Promise<void> {
  await page.keyboard.down("Control");
  await page.keyboard.press(combination === "Control+z" ? "z" : "v");
  await page.keyboard.up("Control");
}

const axeFindings = () => stage.axeFindings();
const address = () => page.evaluate(() => location.href);

/** A PNG of strokes: not square, larger than the pad, the digit small and off its middle. */
async function picture(
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
        for (const [x, y] of stroke)
          context.lineTo(500 + 300 * x, 40 + 300 * y);
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

async function choose(path: string): Promise<void> {
  if (stage.browser.name !== "chromium") {
    // No driver but Chromium’s hands over the dialogue that the button opens.
    await (await page.$(".image-file"))?.uploadFile(path);
    return;
  }
  const [chooser] = await Promise.all([
    (page as Page).waitForFileChooser(),
    page.click(".choose-image"),
  ]);
  await chooser.accept([path]);
}

/** A finger, or a mouse where no driver has a finger. */
const touch = () =>
  stage.browser.noTouch === null ? finger(page) : mouse(page);

/** Draw; the drawing is in the address, and comes back with it, here and on another screen. */
async function expectToComeBack(
  hand: Hand,
  digit: keyof typeof DIGITS,
): Promise<void> {
  await draw(page, hand, DIGITS[digit]);
  const drawn = await shares();
  const inked = await pixels(".pad-canvas");
  const before = await address();
  expect(before.length).toBeLessThan(host.url.length + 600);
  await page.reload();
  await ready();
  expectSame(await shares(), drawn);
  expect(await pixels(".pad-canvas")).toBe(inked);
  expect(await address()).toBe(before);

  // On a screen of another size and resolution, as whoever gets the link has
  await page.setViewport({ width: 700, height: 900, deviceScaleFactor: 2 });
  await page.reload();
  await ready();
  expectSame(await shares(), drawn);
}

const whenNoted = () =>
  page.waitForFunction(
    () => document.querySelector(".pad-note")?.textContent !== "",
  );
const whenAnswered = (label: string) =>
  page.waitForFunction(
    (label) => document.querySelector(".glyph")?.textContent === label,
    {},
    label,
  );

/** Files dragged from outside the browser, as it reports them itself. */
async function drag(
  path: string,
  [x, y]: readonly [number, number],
  types: readonly ("dragEnter" | "dragOver" | "drop")[],
): Promise<void> {
  const session = await (page as Page).createCDPSession();
  for (const type of types) {
    await session.send("Input.dispatchDragEvent", {
      ...{ type, x, y },
      data: { items: [], files: [path], dragOperationsMask: 1 },
    });
  }
  await session.detach();
}

inEveryBrowser((played) => {
  follow(played);

  test("the keyboard alone draws: a 7 is recognised, read out, undone and cleared, and nothing scrolls", async () => {
    await open(DESKTOP);
    for (let tabs = 0; tabs < 10; tabs++) {
      await page.keyboard.press("Tab");
      if (await page.$(".pad-canvas:focus")) break;
    }
    expect(await page.$(".pad-canvas:focus-visible")).not.toBeNull();
    const isShown = (selector: string) =>
      page.$eval(selector, (element) => element.checkVisibility());
    expect(await isShown(".pad-keys")).toBe(true);
    expect(await isShown(".pad-cursor")).toBe(true);
    expect(await axeFindings()).toEqual([]);
    await stage.screenshot("desktop-keyboard");

    await page.keyboard.press(" ");
    expect(await isShown(".pad-keys")).toBe(false); // it would be in the way
    await page.waitForFunction(
      () =>
        document.querySelector(".pad-place")?.textContent ===
        "Row 15, column 15, drawing",
    );
    await page.keyboard.press("Escape");
    await page.waitForFunction(
      () =>
        document.querySelector(".pad-place")?.textContent ===
        "Row 15, column 15",
    );
    expect(await isOff(".undo")).toBe(false);
    await page.keyboard.press("Delete");
    expect(await shares()).toEqual([]);

    await typeSeven(page);
    expect(await answer()).toBe("7");
    expect(await hash()).toMatch(/^#drawing=/);
    await page.waitForFunction(() =>
      document.querySelector(".spoken")?.textContent.startsWith("7, "),
    );
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await stage.screenshot("desktop-keyboard-7");
    const drawn = await shares();
    await page.keyboard.press("Backspace");
    expect(await shares()).toEqual([]);
    await press("Control+z");
    expectSame(await shares(), drawn);
    await press("Control+z");
    expect(await shares()).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });

  test("a keyboard stroke ends when the focus goes, and a pointer takes over", async () => {
    await open(DESKTOP);
    await page.focus(".pad-canvas");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    expect(await hash()).toBe(""); // written at the end of a stroke
    await page.keyboard.press("Tab");
    expect(await hash()).toMatch(/^#drawing=/);
    await page.focus(".pad-canvas");
    await page.keyboard.press("Enter");
    await draw(page, mouse(page), DIGITS["1"]);
    await page.keyboard.press("ArrowDown"); // the pen is up: moves, draws nothing
    const after = await hash();
    for (let strokes = 3; strokes > 0; strokes--) {
      expect(await isOff(".undo")).toBe(false);
      await press("Control+z");
    }
    expect(await isOff(".undo")).toBe(true);
    expect(after).not.toBe("");
    expect(await hash()).toBe("");
  });

  test("who draws with the mouse scrolls with the arrow keys", async () => {
    await open({ ...DESKTOP, height: 600 });
    await draw(page, mouse(page), DIGITS["1"]);
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => scrollY > 0);
  });

  test.each([
    ["dark on light", "#fdf6e3", "#222"],
    ["light on dark", "#123", "#ffe"],
    ["on a transparent ground", null, "#000"],
  ] as const)(
    "an image %s is chosen, shown and read as if it were drawn",
    async (name, paper, ink) => {
      await open(DESKTOP);
      await draw(page, mouse(page), DIGITS["0"]);
      const drawn = await shares();
      const before = await pixels(".pad-canvas");
      await choose(await picture("three.png", DIGITS["3"], paper, ink));
      await whenAnswered("3");
      expect(await pixels(".pad-canvas")).not.toBe(before);
      expect(await hash()).toBe(""); // the image stays on this device
      await stage.screenshot(`desktop-image-${name.replaceAll(" ", "-")}`);
      await page.click(".undo");
      expectSame(await shares(), drawn);
      expect(await pixels(".pad-canvas")).toBe(before);
      expect(seen.complaints).toEqual([]);
    },
  );

  test("a stroke on an image starts a drawing of its own, and undo brings the image back", async () => {
    await open(PHONE);
    await choose(await picture("three.png", DIGITS["3"], "white", "black"));
    await whenAnswered("3");
    await draw(page, touch(), DIGITS["7"]);
    expect(await answer()).toBe("7");
    await page.click(".undo");
    expect(await answer()).toBe("3");
    await page.click(".clear");
    expect(await shares()).toEqual([]);
  });

  test("a file that is no image is named, and the drawing stays", async () => {
    await open(PHONE);
    await draw(page, touch(), DIGITS["7"]);
    const drawn = await shares();
    const address = await hash();
    for (const name of ["notes.txt", "broken.png"]) {
      await writeFile(join(folder, name), "This is no picture.");
      await choose(join(folder, name));
      await page.waitForFunction(
        (name) =>
          document.querySelector(".pad-note")?.textContent.includes(name),
        {},
        name,
      );
    }
    expect(await axeFindings()).toEqual([]);
    await stage.screenshot("phone-no-image");
    expectSame(await shares(), drawn);
    expect(await hash()).toBe(address);
    await page.click(".undo"); // of the stroke: there is nothing else to undo
    expect(await shares()).toEqual([]);
    expect(await text(".pad-note")).toBe("");
    expect(seen.complaints).toEqual([]);
  });

  test("an image without any ink claims nothing, and the pad says why", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["0"]);
    await choose(await picture("blank.png", [], "#ddd", "black"));
    await whenNoted();
    expect(await shares()).toEqual([]);
    expect(await text(".pad-note")).toContain("stands out");
  });

  test("a test image is shown with its index, and with its label once the model has answered", async ({
    skip,
  }) => {
    if (!references) return skip("this site's model has no reference images");
    await open(PHONE);
    await draw(page, touch(), DIGITS["1"]);
    const drawn = await shares();
    const indices = new Set<number>();
    for (let turn = 0; turn < 5; turn++) {
      const before = await hash();
      await page.click(".test-digit");
      await page.waitForFunction(
        (before) =>
          location.hash !== before &&
          document.querySelector(".pad-caption")?.textContent !== "",
        {},
        before,
      );
      const found = /^Test image (\d+), an? (.+)\. (Right|Wrong)\.$/.exec(
        await text(".pad-caption"),
      );
      const reference = references.find(
        ({ index }) => index === Number(found?.[1]),
      );
      expect(found?.[2]).toBe(String(reference?.label));
      expect(found?.[3]).toBe(
        (await answer()) === found?.[2] ? "Right" : "Wrong",
      );
      expect(await hash()).toBe(`#test=${String(reference?.index)}`);
      indices.add(reference?.index ?? NaN);
      if (turn > 0) continue;
      await page.waitForFunction(
        (index) =>
          document
            .querySelector(".spoken")
            ?.textContent.includes(`Test image ${index},`),
        {},
        found?.[1] ?? "",
      );
    }
    expect(indices.size).toBeGreaterThan(1);
    expect(await axeFindings()).toEqual([]);
    await stage.screenshot("phone-test-digit");

    const [before, caption] = [await shares(), await text(".pad-caption")];
    const [seen28, pad] = [await pixels(".picture canvas"), await hash()];
    await page.reload();
    await ready();
    await page.waitForFunction(
      () => document.querySelector(".pad-caption")?.textContent !== "",
    );
    expectSame(await shares(), before);
    expect(await text(".pad-caption")).toBe(caption);
    expect(await pixels(".picture canvas")).toBe(seen28);
    expect(await hash()).toBe(pad);
    await draw(page, touch(), DIGITS["1"]); // a stroke starts afresh
    expectSame(await shares(), drawn);
    expect(await text(".pad-caption")).toBe("");
    expect(seen.complaints).toEqual([]);
  });

  test("test images that cannot be fetched are no dead end", async ({
    skip,
  }) => {
    if (!references) return skip("this site's model has no reference images");
    await open(DESKTOP);
    host.tamper = (path, body) =>
      path.endsWith("reference.bin") ? null : body;
    await page.click(".test-digit");
    await whenNoted();
    expect(await text(".pad-note")).toContain("could not be loaded");
    host.tamper = (_, body) => body;
    await page.click(".test-digit");
    await page.waitForFunction(
      () => document.querySelector(".pad-caption")?.textContent !== "",
    );
    expect(await text(".pad-note")).toBe("");
  });

  test.each([
    ["mouse", DESKTOP, "4"],
    ["finger", PHONE, "3"],
  ] as const)(
    "what a %s drew comes back with the address, with the same probabilities",
    async (kind, viewport, digit) => {
      await open(viewport);
      await expectToComeBack(kind === "mouse" ? mouse(page) : touch(), digit);
    },
  );

  test("a step back in the history brings the drawing back", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    const drawn = await shares();
    await page.goto(`${host.url}models/index.json`);
    await page.evaluate(() => {
      history.back();
    });
    await page.waitForFunction(() => document.querySelector(".bar") !== null);
    await ready();
    expectSame(await shares(), drawn);
  });

  test("an address that changes changes the drawing, and one that cannot be read does not", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    const [seven, drawnSeven] = [await hash(), await shares()];
    await page.click(".clear");
    expect(await hash()).toBe("");
    await draw(page, mouse(page), DIGITS["0"]);
    const drawnZero = await shares();
    const go = (to: string) =>
      page.evaluate((to) => {
        location.hash = to;
      }, to);

    await go(seven);
    await whenAnswered("7");
    expectSame(await shares(), drawnSeven);
    await page.click(".undo");
    expectSame(await shares(), drawnZero);

    for (const damaged of [
      "#drawing=",
      "#drawing=1!!!",
      `${seven}A`,
      seven.slice(0, -2),
      "#drawing=%E0%A4%A",
      "#test=many",
      "#test=-1",
    ]) {
      await go(damaged);
      await whenNoted();
      expect(await text(".pad-note")).toContain("address");
      expectSame(await shares(), drawnZero);
      await page.click(".clear"); // empties the note too
      await page.click(".undo");
      expect(await text(".pad-note")).toBe("");
    }
    await go("#use"); // a place on the page
    await settled();
    expectSame(await shares(), drawnZero);

    await page.goto("about:blank");
    await open(DESKTOP, "#drawing=1garbage");
    expect(await shares()).toEqual([]);
    expect(await text(".pad-note")).toContain("address");
    expect(await axeFindings()).toEqual([]);
    await draw(page, mouse(page), DIGITS["0"]);
    expect(await text(".pad-note")).toBe("");
    expect(seen.complaints).toEqual([]);
  });

  test("a drawing too long for an address is said to be so, and still answered", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["1"]);
    expect(await hash()).not.toBe("");
    const scribble: Path = Array.from({ length: 4000 }, (_, step) => [
      0.5 + 0.4 * Math.sin(step),
      0.5 + 0.4 * Math.cos(step * 1.7),
    ]);
    // Sent from within: four thousand moves through the browser's door would take a minute.
    await page.$eval(
      ".pad-canvas",
      (canvas, points) => {
        const box = canvas.getBoundingClientRect();
        const send = (type: string, [x, y]: readonly [number, number]) =>
          canvas.dispatchEvent(
            new PointerEvent(type, {
              pointerId: 1,
              clientX: box.x + x * box.width,
              clientY: box.y + y * box.height,
            }),
          );
        canvas.setPointerCapture = () => undefined; // no real pointer is down
        send("pointerdown", points[0]!);
        for (const point of points) send("pointermove", point);
        send("lostpointercapture", points.at(-1)!);
      },
      scribble as [number, number][],
    );
    await whenNoted();
    expect(await text(".pad-note")).toContain("too long");
    expect(await hash()).toBe("");
    expect(await shares()).not.toEqual([]);
    expect(seen.complaints).toEqual([]);
  });

  test("another model reads the same drawing: other labels, other pictures, not linear", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    const drawn = await shares();
    const inked = await pixels(".pad-canvas");
    await page.select(".picker select", "letters");
    await page.waitForFunction(
      () => document.querySelectorAll(".bar").length === 3,
    );
    expect((await shares()).length).toBe(3);
    expect(await pixels(".pad-canvas")).toBe(inked);
    expect(await text(".bars")).toContain("long label");
    expect(
      await page.$eval(".picture canvas", (canvas) => [
        (canvas as HTMLCanvasElement).width,
        (canvas as HTMLCanvasElement).height,
      ]),
    ).toEqual([16, 16]);
    for (const linearOnly of [".weights", ".reason", ".test-digit"]) {
      expect(
        await page.$eval(linearOnly, (element) => element.checkVisibility()),
      ).toBe(false);
    }
    await page.click(".clear");
    expect(await shares()).toEqual([]);
    expect(await text(".headline")).toBe("Draw one of: A, B, long label");
    await page.click(".undo");
    await stage.screenshot("desktop-other-model");
    const first = await page.$eval(
      ".picker option",
      (option) => (option as HTMLOptionElement).value,
    );
    await page.select(".picker select", first);
    await page.waitForFunction(
      () => document.querySelectorAll(".bar").length > 3,
    );
    expectSame(await shares(), drawn);
    expect(seen.complaints).toEqual([]);
  });

  test("a test image does not stay for a model of other data", async ({
    skip,
  }) => {
    if (!references) return skip("this site's model has no reference images");
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    await page.click(".test-digit");
    await page.waitForFunction(
      () => document.querySelector(".pad-caption")?.textContent !== "",
    );
    await page.select(".picker select", "letters");
    await whenNoted();
    expect(await text(".pad-note")).toContain("other data");
    expect(await shares()).toEqual([]);
    await page.click(".undo"); // the drawing from before is for any model
    expect((await shares()).length).toBe(3);
    expect(await text(".pad-note")).toBe("");
    expect(seen.complaints).toEqual([]);
  });

  test("all buttons of the pad fit the smallest phone, one row of them below it", async () => {
    await open(SMALLEST);
    const boxes = await page.$$eval(".actions button", (buttons) =>
      buttons
        .filter((button) => button.checkVisibility())
        .map((button) => button.getBoundingClientRect().toJSON() as DOMRect),
    );
    expect(boxes.length).toBe(references ? 3 : 2);
    expect(new Set(boxes.map(({ top }) => top)).size).toBe(1);
    expect(
      Math.min(...boxes.map(({ height }) => height)),
    ).toBeGreaterThanOrEqual(44);
    await stage.screenshot("smallest-light");
  });
}, settings);

// WebKit’s driver puts nothing into a page before it loads.
inEveryBrowser(
  (played) => {
    follow(played);

    test("where the page may not copy, the link can be selected", async () => {
      await (page as Page).evaluateOnNewDocument(() => {
        Object.defineProperty(navigator, "clipboard", { value: undefined });
      });
      await open(PHONE);
      await draw(page, touch(), DIGITS["3"]);
      await page.click(".copy-link");
      await whenNoted();
      const chosen = await page.evaluate(() => {
        const field = document.activeElement as HTMLInputElement;
        return field.value.slice(
          field.selectionStart ?? 0,
          field.selectionEnd ?? 0,
        );
      });
      expect(chosen).toContain(await hash());
      expect(await axeFindings()).toEqual([]);
      await stage.screenshot("phone-link");
      expect(seen.complaints).toEqual([]);
    });

    test("an image is not in the link, and the page says so", async () => {
      await (page as Page).evaluateOnNewDocument(() => {
        Object.defineProperty(navigator, "clipboard", { value: undefined });
      });
      await open(DESKTOP);
      await choose(await picture("three.png", DIGITS["3"], "white", "black"));
      await whenAnswered("3");
      await page.click(".copy-link");
      await whenNoted();
      expect(await text(".pad-note")).toContain("does not hold");
    });
  },
  { ...settings, only: ["chromium", "firefox"] },
);

// Only Chromium’s protocol has a clipboard with permissions, drags from outside, and a pen.
inEveryBrowser(
  (played) => {
    follow(played);

    test("an image on the clipboard is pasted, wherever the focus is", async () => {
      await (page as Page)
        .browserContext()
        .overridePermissions(host.origin, [
          "clipboard-read",
          "clipboard-sanitized-write",
        ]);
      await open(DESKTOP);
      const path = await picture("four.png", DIGITS["4"], "white", "black");
      await (page as Page).bringToFront();
      await page.evaluate(
        async (data) => {
          const bytes = Uint8Array.from(atob(data), (byte) =>
            byte.charCodeAt(0),
          );
          const blob = new Blob([bytes], { type: "image/png" });
          await navigator.clipboard.write([
            new ClipboardItem({ "image/png": blob }),
          ]);
        },
        (await readFile(path)).toString("base64"),
      );
      await page.focus("li:nth-child(3) .bar");
      await press("Control+v");
      await whenAnswered("4");
      await page.evaluate(() => navigator.clipboard.writeText("no image"));
      await press("Control+v"); // text is no concern of the pad
      await settled();
      expect(await text(".pad-note")).toBe("");
      expect(await answer()).toBe("4");
      expect(seen.complaints).toEqual([]);
    });

    test("an image is dropped on the pad, and the page stays when one is dropped beside it", async () => {
      await open(DESKTOP);
      const path = await picture("three.png", DIGITS["3"], "white", "black");
      const box = await (await page.$(".pad"))?.boundingBox();
      if (!box) throw new Error("The pad is not visible.");
      const onPad = [box.x + 50, box.y + 50] as const;
      const isMarked = () => page.$(".pad.dragged-over");
      await drag(path, onPad, ["dragEnter", "dragOver"]);
      expect(await isMarked()).not.toBeNull();
      await stage.screenshot("desktop-drop");
      await drag(path, [20, 20], ["dragOver"]);
      expect(await isMarked()).toBeNull();
      await drag(path, [20, 20], ["drop"]);
      await settled();
      expect(await address()).toBe(host.url);
      expect(await shares()).toEqual([]);
      await drag(path, onPad, ["dragEnter", "dragOver", "drop"]);
      await whenAnswered("3");
      expect(await isMarked()).toBeNull();
      expect(seen.complaints).toEqual([]);
    });

    test("the link that is copied holds the drawing and the model", async () => {
      await (page as Page)
        .browserContext()
        .overridePermissions(host.origin, [
          "clipboard-read",
          "clipboard-sanitized-write",
        ]);
      await open(DESKTOP);
      await draw(page, mouse(page), DIGITS["3"]);
      await page.select(".picker select", "letters");
      await page.waitForFunction(
        () => document.querySelectorAll(".bar").length === 3,
      );
      const drawn = await shares();
      await (page as Page).bringToFront();
      await page.click(".copy-link");
      await whenNoted();
      expect(await text(".pad-note")).toBe("Link copied.");
      await page.waitForFunction(
        () => document.querySelector(".pad-note")?.textContent === "",
      );
      const link = await page.evaluate(() => navigator.clipboard.readText());
      expect(new URL(link).searchParams.get("model")).toBe("letters");
      await page.goto("about:blank");
      await page.goto(link);
      await ready();
      expectSame(await shares(), drawn);
      expect(await text(".name, .picker")).toContain("letters");
      expect(seen.complaints).toEqual([]);
    });

    test("what a pen drew comes back with the address, with the same probabilities", async () => {
      await open(DESKTOP);
      const session = await (page as Page).createCDPSession();
      await expectToComeBack(pen(session, 0.7), "2");
    });
  },
  { ...settings, only: ["chromium"] },
);
