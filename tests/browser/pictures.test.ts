// Models of photos: made, exported and prepared in Python by tests/fixtures/make_photo_models.py,
// answered in the browser.
// `make test` takes what it wrote once (tests/fixtures/photos); `make test-all` runs it, with a
// larger model more.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporary } from "../../web/src/testing/temporary.ts";
import {
  ALL,
  Blog,
  deep,
  inChromium,
  inChromiumAlone,
  inEveryBrowser,
  type Path,
  policyFor,
  python,
  ROOT,
  SMALLEST,
  Stage,
  until,
  WINDOW,
} from "./scenario.ts";

const PHOTOS = ["disc", "square", "stripes"];
const HINT = "Choose, paste or drop an image";
/** Over the pad, with an end beside it. */
const OVER: Path[] = [
  [
    [0.1, 0.1],
    [0.4, 0.7],
    [-0.01, -0.01],
  ],
];
/**
 * Largest difference of an input between Python and TypeScript, scaled by 1/0.225, the smallest
 * deviation in use.
 */
const INPUT = 1e-6 / 0.225;
/**
 * Float32 sums in another order than Keras': each export's report gives 1.8e-7 and 5.4e-6. The
 * larger model is slow enough to be moved to the GPU, which the engine takes where it answers as
 * the CPU to 1e-4.
 */
const ANSWER = { shapes: 1e-5, mobile: 2e-4 };
type Name = keyof typeof ANSWER;
const NAMES: readonly Name[] = ALL ? ["shapes", "mobile"] : ["shapes"];

/** A folder with the models, the photos and Keras' answers. */
let made = join(ROOT, "tests/fixtures/photos");
let answers: Record<Name, Record<string, { probabilities: number[]; input: number[] }>>;
const photo = (name: string) => join(made, "photos", `${name}.png`);

const photos = new Blog({}, async (site) => {
  if (ALL) {
    made = await temporary();
    await python([join(ROOT, "tests/fixtures/make_photo_models.py"), made]);
  }
  answers = JSON.parse(await readFile(join(made, "answers.json"), "utf8")) as typeof answers;
  for (const name of NAMES)
    await cp(join(made, name), join(site, "models", name), { recursive: true });
  const models = ["shapes/manifest.json", "digits/latest.json"].map((path) => ({
    name: path.split("/")[0],
    path,
  }));
  await writeFile(join(site, "models/index.json"), JSON.stringify({ models }));
});

async function open(blog: Blog, name: Name, size = WINDOW): Promise<void> {
  const pad = `<sketch-classifier src="${blog.site.url}models/${name}/manifest.json" alt="A photo"></sketch-classifier>`;
  const policy = policyFor(blog.site.origin).replace("script-src", "script-src 'wasm-unsafe-eval'");
  await blog.post(`<main><h1>A post</h1>${pad}</main>`, { size, policy });
  await blog.loaded();
  await blog.appears(deep("[type=file]")); // comes when the element is at rest
}
const difference = (received: number[], expected: number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(value - (received[i] ?? NaN))));

inEveryBrowser((blog) => {
  test.each(NAMES)(
    "%s answers photos as Keras does, and what it sees is shown in colour",
    async (name) => {
      await open(blog, name);
      for (const one of PHOTOS) {
        const expected = answers[name][one]!;
        await blog.onPad((pad) => {
          pad.clear();
        });
        await (await blog.page.$(deep("input[type=file]")))!.uploadFile(photo(one));
        await blog.predicted();
        const found = await blog.onPad(({ prediction }) => {
          const { label, probabilities, input } = prediction!;
          return {
            label,
            probabilities: [...probabilities],
            input: [...input].slice(0, 2 * 96 * 3),
          };
        });
        expect(difference(found.input, expected.input)).toBeLessThan(INPUT);
        expect(difference(found.probabilities, expected.probabilities)).toBeLessThan(ANSWER[name]);
        expect(found.label).toBe(
          PHOTOS[expected.probabilities.indexOf(Math.max(...expected.probabilities))],
        );
        if (name === "shapes") expect(found.label).toBe(one);
      }
      const shown = await blog.onPad(({ shadowRoot, prediction }) => {
        const canvas = shadowRoot!.querySelector<HTMLCanvasElement>("canvas.picture")!;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const colours = data.filter((_, at) => at % 4 < 3); // without opacity
        const off = [...prediction!.picture!].map((value, at) =>
          Math.abs(colours[at]! - 255 * value),
        );
        return {
          worst: off.reduce((a, b) => Math.max(a, b)),
          size: [canvas.width, canvas.height, off.length],
        };
      });
      expect(shown.size).toEqual(name === "shapes" ? [32, 32, 3 * 32 ** 2] : [96, 96, 3 * 96 ** 2]);
      expect(shown.worst).toBeLessThanOrEqual(0.51); // a byte for each number
    },
  );
}, photos);

inChromium(
  (stage) => {
    test("the page takes photos too, shows them in colour, and leaves out what is about ink", async () => {
      const { page } = stage;
      await stage.open({ query: "?model=shapes" });
      await stage.says(".words", "Choose an image");
      await stage.says(".pad-hint", "Choose an image");
      await (await page.$("input.image-file"))!.uploadFile(photo("square"));
      await stage.says(".glyph", "square");
      // more than any scale of ink has
      await expect.poll(() => stage.colours(".pad-canvas")).toBeGreaterThan(256);
      const shown = await page.evaluate(() => ({
        ofInk: [
          ...document.querySelectorAll(
            ":is([data-needs], .test-digit, li:has([href='#doubt'])):not([hidden])",
          ),
        ].length,
        role: document.querySelector(".pad-canvas")!.getAttribute("role"),
        described: document.querySelector(".pad-canvas")!.hasAttribute("aria-describedby"),
      }));
      expect(shown).toEqual({ ofInk: 0, role: "button", described: false });
      await stage.panel("gets");
      await expect.poll(() => stage.texts(".shot-name")).toEqual(["Colours", "Cut", "Level"]);
      await stage.says(".shot:last-child .shot-other b"); // each step was tried
      await stage.scrollTo("body");
      await stage.draw(OVER); // draws nothing
      await stage.nextFrame();
      await stage.says(".glyph", "square");
      // A model of drawings finds its pad as it was.
      await page.select(".picker select", "digits");
      await stage.until(() => document.querySelector(".pad-canvas")?.role === "application");
      await stage.says(".pad-hint", /^Draw here/);
      await stage.open({ query: "own.html?model=shapes" });
      await stage.says(
        "#own",
        "This page is for models that read drawings. The one here reads none.",
      );
      expect(await stage.isShown(".pages-nav [href^='own']")).toBe(false);
    });
  },
  new Stage(() => (photos.folder ??= photos.make())),
);

// The reader's own photo. Only Chromium's protocol hands over the window in which a file is chosen.
inChromiumAlone((blog) => {
  const answered = (label: string | null) =>
    until(() =>
      blog.onPad(({ prediction }, label) => (prediction?.label ?? null) === label, label),
    );
  /**
   * Choose a file in the browser's own window, by default by the button, and wait for the answer to
   * a photo.
   */
  async function choose(
    name: string,
    act = () => blog.page.click(deep(".buttons button")),
  ): Promise<void> {
    const [chooser] = await Promise.all([blog.page.waitForFileChooser(), act()]);
    await chooser.accept([
      PHOTOS.includes(name) ? photo(name) : join(import.meta.dirname, "hosts/pictures", name),
    ]);
    if (PHOTOS.includes(name)) await answered(name);
  }

  test("is chosen by the button, a finger and the keyboard, on the smallest phone; undo and clear take it away", async () => {
    await open(blog, "shapes", SMALLEST);
    const pad = (await blog.page.$(deep(".canvas")))!;
    expect(await pad.evaluate(({ role, ariaLabel }) => [role, ariaLabel])).toEqual([
      "button",
      HINT,
    ]);
    await blog.draw(OVER);
    await expect.poll(() => blog.onPad(({ prediction }) => prediction)).toBeNull();
    expect(await blog.axeFindings()).toEqual([]);
    expect(await blog.overflow()).toBe(0);
    const sides = await blog.page.$$eval(deep(":is(.buttons button, .canvas)"), (all) =>
      all
        .flatMap((one) => [one.getBoundingClientRect().width, one.getBoundingClientRect().height])
        .filter(Boolean),
    );
    expect(Math.min(...sides)).toBeGreaterThan(43.5); // 44, but for rounding
    await choose("disc");
    await choose("square", () => pad.tap());
    for (const [key, photo] of Object.entries({ Enter: "stripes", Space: "disc" })) {
      await blog.page.focus("sketch-classifier");
      await choose(photo, () => blog.page.keyboard.press(key as "Enter"));
    }
    await blog.keys("Control+z");
    await answered("stripes");
    await blog.keys("Delete");
    await answered(null);
  });

  test("is dropped, or pasted while the pointer or the focus is on the element; what is no picture is refused in words", async () => {
    await open(blog, "shapes");
    await choose("broken.png");
    await blog.says(".spoken", /could not be read/);
    await blog.says(".hint slot", "That image could not be read.");
    await choose("disc");
    await blog.says(".hint slot", HINT);

    const bytes = [...(await readFile(photo("square")))];
    /** Let a picture be pasted or dropped there; true if it is taken. */
    const bring = (kind: "paste" | "drop", where: "element" | "page") =>
      blog.onPad(
        ({ shadowRoot }, kind, where, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], "x.png", { type: "image/png" }));
          const init = {
            clipboardData: data,
            dataTransfer: data,
            bubbles: true,
            cancelable: true,
            composed: true,
          };
          const event =
            kind === "paste" ? new ClipboardEvent(kind, init) : new DragEvent(kind, init);
          (where === "page" ? document.body : shadowRoot!.querySelector(".canvas")!).dispatchEvent(
            event,
          );
          return event.defaultPrevented;
        },
        ...([kind, where, bytes] as const),
      );
    await blog.page.mouse.move(1, 1);
    expect(await bring("paste", "page")).toBe(false);
    expect(await bring("paste", "element")).toBe(true);
    await answered("square");
    await blog.page.click(deep(".buttons button:last-child")); // the pointer stays there
    expect(await bring("paste", "page")).toBe(true);
    await answered("square");
    await blog.page.mouse.move(1, 1);
    expect(await bring("paste", "page")).toBe(false);
    await choose("disc");
    expect(await bring("drop", "element")).toBe(true);
    await answered("square");

    // A pad for drawings takes pictures of drawings.
    await blog.post(blog.element());
    await blog.appears(deep("[type=file]"));
    expect(await bring("drop", "element")).toBe(true);
    expect(await blog.predicted()).toMatch(/^\d$/);
  });
}, photos);
