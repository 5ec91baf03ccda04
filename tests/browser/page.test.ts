// The published page in a real browser: SITE_DIR names the site that `pipeline build` or `pipeline publish` wrote.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page, Viewport } from "puppeteer-core";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  test,
} from "vitest";
import { launch, watch, type Watch } from "./browser.ts";
import { DIGITS, draw, finger, mouse, pen, type Digit } from "./hand.ts";
import { publishedPolicy, serve, type Host } from "./server.ts";

const PHONE: Viewport = {
  width: 390,
  height: 844,
  deviceScaleFactor: 3,
  isMobile: true,
  hasTouch: true,
};
const SMALLEST: Viewport = {
  width: 320,
  height: 568,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
const DESKTOP: Viewport = { width: 1280, height: 800, deviceScaleFactor: 1 };
const ARTEFACTS = join(import.meta.dirname, "artefacts");
const THEMES = ["light", "dark"] as const;

const site = process.env["SITE_DIR"] ?? join(import.meta.dirname, "../../site");
let browser: Browser;
let host: Host;
let page: Page;
let seen: Watch;

beforeAll(async () => {
  if (!existsSync(join(site, "index.html"))) {
    throw new Error(
      `SITE_DIR must be a published site. Received: ${site}. Run “make build”, or set SITE_DIR.`,
    );
  }
  browser = await launch();
  await mkdir(ARTEFACTS, { recursive: true });
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  host = await serve(site, { policy: await publishedPolicy(site) });
  page = await browser.newPage();
  seen = await watch(page);
});

afterEach(async () => {
  await page.close();
  await host.close();
});

async function open(
  viewport: Viewport,
  theme: (typeof THEMES)[number] = "light",
  query = "",
): Promise<void> {
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: theme },
  ]);
  await page.goto(host.url + query);
}

const ready = () => page.waitForSelector(".bar");
/** The next frame: what was drawn before it must show in it. */
const nextFrame = () =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
const text = (selector: string) =>
  page.$eval(selector, (element) => element.textContent.trim());

/** What the page answers: the label in large type and all bars. */
async function answer(): Promise<{
  label: string;
  bars: { label: string; percent: number | null }[];
  winners: string[];
}> {
  await nextFrame();
  return page.evaluate(() => {
    const textOf = (root: ParentNode, selector: string) =>
      root.querySelector(selector)?.textContent ?? "";
    const bars = [...document.querySelectorAll(".bar")];
    return {
      label: textOf(document, ".glyph"),
      bars: bars.map((bar) => ({
        label: textOf(bar, ".bar-label"),
        percent:
          textOf(bar, ".bar-value") === ""
            ? null
            : Number.parseFloat(textOf(bar, ".bar-value").replace(">", "")),
      })),
      winners: bars
        .filter((bar) => bar.classList.contains("winner"))
        .map((bar) => textOf(bar, ".bar-label")),
    };
  });
}

/** How many different colours a canvas shows. */
const colours = (selector: string) =>
  page.$eval(selector, (element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas
      .getContext("2d")
      ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return new Set(new Uint32Array(Uint8ClampedArray.from(data).buffer)).size;
  });

async function manifestOf(name?: string) {
  const read = async (path: string) =>
    JSON.parse(await readFile(join(site, "models", path), "utf8")) as unknown;
  const index = (await read("index.json")) as {
    models: { name: string; version: string }[];
  };
  const entry =
    name === undefined
      ? index.models[0]
      : index.models.find((model) => model.name === name);
  if (!entry) throw new Error(`${site} has no model ${String(name)}`);
  const manifest = (await read(
    `${entry.name}/${entry.version}/manifest.json`,
  )) as {
    name: string;
    version: string;
    labels: string[];
    metrics: { test_accuracy: number };
  };
  return { manifest, names: index.models.map((model) => model.name) };
}

async function axeFindings(): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html}`),
  );
}

test("every fact about the model is the manifest's", async () => {
  const { manifest } = await manifestOf();
  await open(DESKTOP);
  await ready();
  expect(await text(".record")).toContain(
    `${(100 * manifest.metrics.test_accuracy).toFixed(1)}\u00a0%`,
  );
  expect(await text(".record code")).toBe(manifest.version);
  const href = await page.$eval(".record a", (link) =>
    link.getAttribute("href"),
  );
  expect(href).toBe(
    `${host.url}models/${manifest.name}/${manifest.version}/README.md`,
  );
  expect((await answer()).bars.map(({ label }) => label)).toEqual(
    manifest.labels,
  );
  const empty = await page.$$eval("[data-fact]", (facts) =>
    facts
      .filter((fact) => fact.checkVisibility() && fact.textContent === "")
      .map((fact) => fact.outerHTML),
  );
  expect(empty).toEqual([]);
});

test.each(Object.keys(DIGITS) as Digit[])(
  "a %s drawn with the mouse is recognised while it is drawn",
  async (digit) => {
    await open(DESKTOP);
    await ready();
    let spoken = "";
    let whileDrawing: Awaited<ReturnType<typeof answer>> | undefined;
    await draw(page, mouse(page), DIGITS[digit], async () => {
      whileDrawing = await answer();
      spoken = await text(".spoken");
    });
    expect(spoken).toBe(""); // nothing is announced during a stroke
    expect(whileDrawing?.label).toBe(digit);
    const { label, bars, winners } = await answer();
    expect(label).toBe(digit);
    expect(winners).toEqual([digit]);
    expect(
      Math.abs(bars.reduce((sum, bar) => sum + (bar.percent ?? 0), 0) - 100),
    ).toBeLessThan(0.6); // ten roundings to 0.1
    await page.waitForFunction(
      () => document.querySelector(".spoken")?.textContent !== "",
    );
    expect(await text(".spoken")).toMatch(new RegExp(`^${digit}, `));
    expect(await colours(".picture canvas")).toBeGreaterThan(8);
    expect(seen.complaints).toEqual([]);
  },
);

test.each(["0", "1", "3", "7"] as const)(
  "a %s drawn with a finger is recognised, and nothing scrolls",
  async (digit) => {
    await open(PHONE);
    await ready();
    await draw(page, finger(page), DIGITS[digit]);
    expect((await answer()).label).toBe(digit);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    expect(seen.complaints).toEqual([]);
  },
);

test("a pen that presses harder draws a bolder line", async () => {
  await open(DESKTOP);
  await ready();
  const session = await page.createCDPSession();
  const inked = () =>
    page.$eval(".pad-canvas", (element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas
        .getContext("2d")
        ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      return Array.from(data).filter(
        (value, index) => index % 4 === 3 && value > 127,
      ).length;
    });
  await draw(page, pen(session, 0.1), DIGITS["7"]);
  const light = await inked();
  expect((await answer()).label).toBe("7");
  await page.click(".clear");
  await draw(page, pen(session, 0.9), DIGITS["7"]);
  expect(await inked()).toBeGreaterThan(1.5 * light);
});

test("an empty pad claims nothing, and undo brings back what was cleared", async () => {
  await open(DESKTOP);
  await ready();
  const blank = { label: "", winners: [] };
  expect(await answer()).toMatchObject(blank);
  expect(await text(".headline")).toMatch(/^Draw /);
  await draw(page, mouse(page), DIGITS["4"]);
  expect((await answer()).label).toBe("4");
  await page.click(".clear");
  expect(await answer()).toMatchObject(blank);
  expect((await answer()).bars.every((bar) => bar.percent === null)).toBe(true);
  expect(await colours(".pad-canvas")).toBe(1);
  expect(await colours(".picture canvas")).toBe(1);
  await page.click(".undo");
  expect((await answer()).label).toBe("4");
  await page.keyboard.down("Control");
  await page.keyboard.press("z"); // the second stroke
  await page.keyboard.press("z"); // the first
  await page.keyboard.up("Control");
  expect(await answer()).toMatchObject(blank);
  expect(
    await page.$eval(".undo", (button) => button.getAttribute("aria-disabled")),
  ).toBe("true");
});

test("the weights are pictures on one scale, and the sum shown is the score", async () => {
  await open(DESKTOP);
  await ready();
  await draw(page, mouse(page), DIGITS["3"]);
  expect(await text(".ledger caption")).toContain("3");
  expect(await page.$$eval(".template", (list) => list.length)).toBe(
    (await answer()).bars.length,
  );
  expect(await colours(".template canvas")).toBeGreaterThan(20);
  expect(await text(".template.shown")).toBe("3");

  const number = async (name: string) =>
    Number((await text(`.sum-${name}`)).replace("\u2212", "-"));
  const sum =
    (await number("for")) + (await number("against")) + (await number("bias"));
  expect(Math.abs(sum - (await number("score")))).toBeLessThan(0.021); // four numbers rounded to 0.01

  await page.hover("li:nth-child(6) .bar");
  expect(await text(".template.shown")).toBe("5");
  await page.focus("li:nth-child(9) .bar");
  expect(await text(".template.shown")).toBe("8");
  await page.keyboard.press("Enter"); // picked: stays when focus and pointer go
  await page.mouse.move(1, 1);
  await page.focus(".clear");
  expect(await text(".template.shown")).toBe("8");
  expect(await text(".ledger caption")).toContain("8");
});

test("no request leaves the origin, and the console stays clean", async () => {
  await open(DESKTOP);
  await ready();
  await draw(page, mouse(page), DIGITS["7"]);
  await answer();
  expect(seen.requests.length).toBeGreaterThan(4);
  expect(seen.requests.filter((url) => !url.startsWith(host.url))).toEqual([]);
  expect(seen.complaints).toEqual([]);
});

test("a small phone shows everything without scrolling sideways, with targets for fingers", async () => {
  await open(SMALLEST);
  await ready();
  await draw(page, finger(page), DIGITS["7"]);
  const overflow = await page.evaluate(
    () =>
      document.documentElement.scrollWidth -
      document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  const small = await page.$$eval("button, select, .record a", (targets) =>
    targets
      .map((target) => ({
        name: target.textContent.trim(),
        box: target.getBoundingClientRect(),
      }))
      .filter(
        ({ box }) => box.width > 0 && Math.min(box.width, box.height) < 43.5,
      )
      .map(
        ({ name, box }) =>
          `${name}: ${String(box.width)} × ${String(box.height)}`,
      ),
  );
  expect(small).toEqual([]);
});

test("pad, answer and bars fit one phone screen", async () => {
  await open(PHONE);
  await ready();
  const bottom = await page.$eval(
    ".bars",
    (bars) => bars.getBoundingClientRect().bottom,
  );
  expect(bottom).toBeLessThanOrEqual(PHONE.height);
});

test.each(THEMES)(
  "axe finds nothing in the %s theme, empty or drawn on",
  async (theme) => {
    await open(DESKTOP, theme);
    await ready();
    expect(await axeFindings()).toEqual([]);
    await draw(page, mouse(page), DIGITS["3"]);
    await page.click("li:nth-child(3) .bar");
    expect(await axeFindings()).toEqual([]);
  },
);

test("damaged weights are refused, the page says so, and trying again works once they are mended", async () => {
  host.tamper = (path, body) => {
    if (path.endsWith(".bin")) body[100] = (body[100] ?? 0) ^ 1;
    return body;
  };
  await open(PHONE);
  await page.waitForSelector(".retry", { visible: true });
  expect(await text(".failure-title")).toContain("damaged");
  expect(await text(".failure-details p")).toContain("SHA-256");
  expect(await page.$(".bar")).toBeNull();
  expect(await axeFindings()).toEqual([]);
  await draw(page, finger(page), DIGITS["7"]); // the pad works meanwhile
  expect(await colours(".pad-canvas")).toBeGreaterThan(1);
  await page.screenshot({ path: join(ARTEFACTS, "phone-light-damaged.png") });

  host.tamper = (_, body) => body;
  await page.click(".retry");
  await ready();
  expect((await answer()).label).toBe("7"); // what was drawn before is read now
});

test("a download that fails offers a retry", async () => {
  host.tamper = (path, body) =>
    path.startsWith("models") && path.endsWith("manifest.json") ? null : body;
  await open(DESKTOP, "dark");
  await page.waitForSelector(".retry", { visible: true });
  expect(await text(".failure-title")).toBe("The model could not be loaded");
  expect(await text(".failure-details p")).toContain("404");
  host.tamper = (_, body) => body;
  await page.click(".retry");
  await ready();
});

test("while the model is being loaded the page says so, and the pad works", async () => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resume) => (release = resume));
  host.tamper = async (path, body) => {
    if (path.endsWith(".bin")) await held;
    return body;
  };
  await open(DESKTOP);
  await page.waitForFunction(() =>
    document.querySelector(".status-text")?.textContent.includes("KB"),
  );
  await draw(page, mouse(page), DIGITS["0"]);
  release?.();
  await ready();
  expect((await answer()).label).toBe("0");
});

test("an address that names an unknown model is not answered with another one", async () => {
  await open(DESKTOP, "light", "?model=no-such-model");
  await page.waitForSelector(".retry", { visible: true });
  expect(await text(".failure-details p")).toContain("no-such-model");
  const { manifest } = await manifestOf();
  await page.select(".picker select", manifest.name);
  await ready();
  expect(new URL(page.url()).searchParams.get("model")).toBe(manifest.name);
});

test("with more than one model, the choice is in the address", async ({
  skip,
}) => {
  const { names } = await manifestOf();
  const other = names[1];
  if (other === undefined) return skip("this site publishes one model");
  await open(DESKTOP);
  await ready();
  await draw(page, mouse(page), DIGITS["7"]);
  await page.select(".picker select", other);
  const { manifest } = await manifestOf(other);
  await page.waitForFunction(
    (version) =>
      document.querySelector(".record code")?.textContent === version,
    {},
    manifest.version,
  );
  expect((await answer()).label).toBe("7");
  await page.reload();
  await ready();
  expect(await text(".record code")).toBe(manifest.version);
});

test("without JavaScript the page says what is missing", async () => {
  await page.setJavaScriptEnabled(false);
  await open(PHONE);
  expect(await text("noscript")).toContain("JavaScript");
});

test.each(THEMES)("screenshots in the %s theme", async (theme) => {
  for (const [name, viewport, hand] of [
    ["phone", PHONE, finger(page)],
    ["desktop", DESKTOP, mouse(page)],
  ] as const) {
    await open(viewport, theme);
    await ready();
    await page.screenshot({
      path: join(ARTEFACTS, `${name}-${theme}-empty.png`),
    });
    await draw(page, hand, DIGITS["3"]);
    expect((await answer()).label).toBe("3");
    await page.screenshot({ path: join(ARTEFACTS, `${name}-${theme}.png`) });
    await page.screenshot({
      path: join(ARTEFACTS, `${name}-${theme}-whole.png`),
      fullPage: true,
    });
  }
  expect(
    (await readdir(ARTEFACTS)).filter((file) => file.includes(theme)).length,
  ).toBeGreaterThanOrEqual(6);
});
