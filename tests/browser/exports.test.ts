// Exports run as they are written: the page, under a strict policy, and each block of
// docs/exports.md.
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { temporary } from "../../web/src/testing/temporary.ts";
import { DESKTOP, inChromium, PHONE, python, ROOT, SMALLEST, Stage } from "./scenario.ts";
import { serve } from "./server.ts";

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; " +
  "img-src 'self' blob: data:";
const LABELS = ["low", "middle", "high"];
const HOUSE = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
const PHOTO = join(ROOT, "tests/fixtures/photos/photos/disc.png");

let folder: string;
let answers: Record<"table" | "series" | "photo" | "scored" | "text", number[]>;

beforeAll(async () => {
  folder = await temporary();
  await python([join(import.meta.dirname, "make_exports.py"), folder]);
  answers = JSON.parse(await readFile(join(folder, "answers.json"), "utf8")) as typeof answers;
});

/** The rows of the answer that the page shows, once it has one. */
async function rows(stage: Stage): Promise<string[][]> {
  await stage.until(() =>
    document.querySelector("#status")!.textContent.includes("ms on this device"),
  );
  return stage.page.$$eval(".answers li", (items) =>
    items.map((item) => [...item.children].map(({ textContent }) => textContent)),
  );
}

/** The page has started, and will answer what comes next. */
async function started(stage: Stage, query: string, viewport = DESKTOP, isDark = false) {
  stage.host.policy = POLICY;
  await stage.visit({ query, viewport, isDark });
  await stage.until(() => document.querySelector("#status")!.textContent.includes("Loaded in"));
}

/** Labels and percentages, the largest first. */
const shares = (labels: readonly string[], values: readonly number[]): string[][] =>
  labels
    .map((label, i) => [label, values[i]!] as const)
    .sort(([, a], [, b]) => b - a)
    .map(([label, value]) => [label, `${(100 * value).toFixed(1)}%`]);

/** The blocks of the guide by the file that their first line names, in order. */
async function blocks(heading: string): Promise<[string, string][]> {
  const [, section] = (await readFile(join(ROOT, "docs/exports.md"), "utf8")).split(
    `## ${heading}\n`,
  );
  const found = section!.split("\n## ")[0]!.matchAll(/^```js\n(\/\/ ([\w./]+).*\n[^]*?)^```$/gm);
  return [...found].map(([, code, path]) => [path!, code!]);
}

/** A folder with an export of the table and the blocks of a guide; Keras' label for them. */
async function guide(heading: string, name = "table"): Promise<{ at: string; label: string }> {
  const at = await temporary();
  await cp(join(folder, name), join(at, "table"), { recursive: true });
  for (const [path, code] of await blocks(heading)) {
    await mkdir(join(at, path, ".."), { recursive: true });
    await writeFile(join(at, path), code);
  }
  return { at, label: LABELS[answers.table.indexOf(Math.max(...answers.table))]! };
}

const stage = new Stage(() => Promise.resolve(folder));
inChromium(() => {
  test("a table: fields that the keyboard fills, and labels with their probabilities", async () => {
    const { page } = stage;
    await started(stage, "table/index.html");
    expect(await page.evaluate(() => document.title)).toBe("table");
    await page.focus('[aria-label="house 1"]');
    for (const value of HOUSE) {
      await page.$eval(":focus", (field) => {
        (field as HTMLInputElement).select();
      });
      for (const key of String(value)) await page.keyboard.press(key as "0");
      await page.keyboard.press("Tab");
    }
    await page.focus('[aria-label="house 1"]');
    await page.keyboard.press("Enter");
    await expect.poll(() => rows(stage)).toEqual(shares(LABELS, answers.table));
    await page.$eval(
      '[aria-label="house 1"]',
      (field) => Object.assign(field, { value: "" }).value,
    );
    await page.click("#example");
    expect(
      await page.$eval('[aria-label="house 1"]', (field) => (field as HTMLInputElement).value),
    ).not.toBe("");
  });

  test("opened as a file, where no module may load, the page says what to do", async () => {
    stage.mayComplain = /page\.js|ERR_FAILED/;
    await stage.page.goto(pathToFileURL(join(folder, "table/index.html")).href);
    expect(await stage.text("#status")).toContain("pipeline serve --site");
  });

  test("a series of any length: a line or list for each step; other numbers are refused in place of an answer", async () => {
    const { page } = stage;
    await started(stage, "series/index.html");
    await rows(stage); // of the example
    const write = async (text: string): Promise<void> => {
      await page.$eval("textarea", (area, value) => Object.assign(area, { value }).value, text);
      await stage.press("button"); // wherever an answer that comes meanwhile moves it
    };
    const steps = Array.from({ length: 24 }, (_, i) => [Math.sin(2 * i), Math.sin(2 * i + 1)]);
    const expected = answers.series[0]!;
    for (const text of [steps.map((step) => step.join(" ")).join("\n"), JSON.stringify(steps)]) {
      await write(text);
      await expect
        .poll(async () => Math.abs(Number((await rows(stage))[0]?.[1]) - expected))
        .toBeLessThan(Math.abs(expected) / 1000); // four digits are shown
      await write("1 2\n3");
      await stage.says("#status", /^weather must be/);
      expect(await page.$(".answers li")).toBeNull();
    }
  });

  test("a text: its words are read in the worker, and the two labels have their shares", async () => {
    await started(stage, "text/index.html");
    await rows(stage); // of the example
    await stage.page.$eval(
      "textarea",
      (area) => Object.assign(area, { value: "What a WONDERFUL film!" }).value,
    );
    await stage.press("button");
    const good = answers.text[0]!;
    await expect.poll(() => rows(stage)).toEqual(shares(["bad", "good"], [1 - good, good]));
    await stage.page.$eval("textarea", (area) => Object.assign(area, { value: "" }).value);
    await stage.press("button"); // nothing but padding, of which Keras makes NaN
    await stage.says(".answers", "The model gives no number for this input.");
  });

  test("photos: prepared as the manifest says, or stretched where it says nothing", async () => {
    const { page } = stage;
    await started(stage, "photo/index.html");
    await (await page.$("input[type=file]"))!.uploadFile(PHOTO);
    const found = await rows(stage);
    expect(found[0]![0]).toBe(
      shares(["daisy", "dandelion", "rose", "sunflower", "tulip"], answers.photo)[0]![0],
    );
    await started(stage, "scored/index.html"); // by a model without names for its numbers
    await (await page.$("input[type=file]"))!.uploadFile(PHOTO);
    for (const [i, [name, value]] of (await rows(stage)).entries()) {
      expect(name).toBe(`score ${i}`);
      // four digits are shown
      expect(Math.abs(Number(value) / answers.scored[i]! - 1)).toBeLessThan(1e-3);
    }
    await started(stage, "plain/index.html");
    await page.click("button");
    await stage.says("#status", "Choose a photo first.");
    await (await page.$("input[type=file]"))!.uploadFile(PHOTO);
    const before = await rows(stage);
    await page.select("select", "1");
    await expect.poll(() => rows(stage)).not.toEqual(before);
  });

  test("a device that computes something else is told from Keras by the probes", async () => {
    stage.host.change("table/manifest.json", (body) =>
      Buffer.from(body.toString().replace(/("answers": \[\s*\[\s*)/, "$13")),
    );
    await started(stage, "table/index.html");
    await stage.says("#proof", /\(cpu\): 7 of 8 answers .* no more/);
    expect(await stage.page.$eval("#proof", ({ className }) => className)).toContain("problem");
  });

  test.each([
    ["a desktop", DESKTOP, false],
    ["a phone", PHONE, true],
    ["the smallest phone", SMALLEST, false],
  ] as const)(
    "on %s all names and contrasts are right, and nothing scrolls sideways",
    async (_, viewport, isDark) => {
      for (const name of ["table", "series", "photo", "plain", "text"]) {
        await started(stage, `${name}/index.html`, viewport, isDark);
        if (name === "photo" || name === "plain")
          await (await stage.page.$("input[type=file]"))!.uploadFile(PHOTO);
        await rows(stage);
        // A browser draws numbers for itself; texts it cannot.
        const proof =
          name === "text" ? "" : `${name === "table" ? "(own engine)" : ""}: 8 of 8 answers`;
        await expect.poll(() => stage.text("#proof"), { message: name }).toContain(proof);
        expect(await stage.overflow(), name).toBe(0);
        expect(
          await stage.page.$eval("h1", (title) => title.getBoundingClientRect().x),
          name,
        ).toBeGreaterThan(15);
        expect(await stage.axeFindings(), name).toEqual([]);
      }
    },
  );

  /** Console output of the page of a folder. */
  const printed = async (at: string): Promise<string> => {
    const listen = "globalThis.said = []; console.log = (text) => { said.push(text); };";
    await writeFile(join(at, "said.js"), listen);
    await writeFile(
      join(at, "index.html"),
      `<!doctype html><html lang="en"><link rel="icon" href="data:,"><script src="said.js"></script>
         <script type="module" src="app.js"></script></html>`,
    );
    await stage.page.goto((await serve(at, POLICY)).url);
    const said = () => (globalThis as unknown as { said?: string[] }).said?.[0];
    await stage.until(said);
    return (await stage.page.evaluate(said))!;
  };

  test.each(["In a page", "In a worker"])(
    "%s: the blocks of the guide answer as Keras does",
    async (heading) => {
      const { at, label } = await guide(heading);
      expect(await printed(at)).toBe(label);
    },
  );

  test.each([
    ["With a bundler", "table"],
    ["ONNX and LiteRT files", "onnx"],
  ])("%s: the blocks of the guide, bundled, answer as Keras does", async (heading, name) => {
    const { at, label } = await guide(heading, name);
    await symlink(join(ROOT, "web/node_modules"), join(at, "node_modules"));
    await cp(join(at, "table"), join(at, "src/table"), { recursive: true });
    await cp(join(at, "table"), join(at, "public/table"), { recursive: true });
    const lib = { input: join(at, "src/app.js"), output: { entryFileNames: "app.js" } };
    await build({
      configFile: false,
      root: at,
      base: "./",
      logLevel: "silent",
      build: { target: "es2022", modulePreload: false, rolldownOptions: lib },
    });
    expect(await printed(join(at, "dist"))).toBe(label);
  });
}, stage);

test("in Node.js, from a file: address", async () => {
  const { at, label } = await guide("In Node.js");
  await writeFile(join(at, "package.json"), '{ "type": "commonjs" }'); // as `npm init` writes it
  const { stdout } = await promisify(execFile)(process.execPath, [join(at, "app.mjs")]);
  expect(stdout.trim()).toBe(label);
});
