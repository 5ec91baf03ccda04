// <sketch-classifier> in Chromium, on a blog of another origin than the site that it comes from, as strict as blogs get.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page, Viewport } from "puppeteer-core";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "vitest";
import { PARTS, SLOTS } from "../../web/src/embed/describe.ts";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import { launch, watch, type Watch } from "./browser.ts";
import { serve, type Host } from "./server.ts";
import { addModel, makeSite } from "./site.ts";

declare global {
  /** What the page's own listeners heard, and what they keep. */
  var heard: string[];
  var kept: SketchClassifierElement;
  var bubbled: string[][];
}

const DESKTOP: Viewport = { width: 800, height: 900 };
const PHONE: Viewport = {
  width: 390,
  height: 844,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
const VERSION = "models/digits/0123456789ab";
const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
const EVENTS = ["load", "progress", "error", "predict", "clear"];

let browser: Browser;
let site: string;
let blogFolder: string;
let host: Host;
let blog: Host;
let page: Page;
let seen: Watch;

beforeAll(async () => {
  browser = await launch();
  site = await makeSite();
  await addModel(
    site,
    "many",
    Array.from({ length: 30 }, (_, index) => `kind ${String(index)}`),
  );
  blogFolder = await mkdtemp(join(tmpdir(), "blog-"));
});

afterAll(async () => {
  await browser.disconnect();
  await rm(site, { recursive: true });
  await rm(blogFolder, { recursive: true });
});

beforeEach(async () => {
  host = await serve(site, { shared: true });
  const policy = `default-src 'none'; script-src 'self' ${host.origin}; connect-src ${host.origin}; style-src 'self'`;
  blog = await serve(blogFolder, { prefix: "/", policy });
  page = await browser.newPage();
  await page.setViewport(DESKTOP);
  seen = await watch(page);
});

afterEach(async () => {
  await page.close();
  await host.close();
  await blog.close();
});

const src = (name = "digits"): string =>
  `${host.url}models/${name}/latest.json`;
const element = (attributes = "", content = ""): string =>
  `<sketch-classifier src="${src()}" ${attributes}>${content}</sketch-classifier>`;

/** Open a page of the blog. Its script runs before the embed's. */
async function open(
  body: string,
  {
    css = "",
    script = "",
    html = 'lang="en"',
    at = blog,
  }: { css?: string; script?: string; html?: string; at?: Host } = {},
): Promise<void> {
  await writeFile(join(blogFolder, "blog.css"), css);
  await writeFile(
    join(blogFolder, "blog.js"),
    `globalThis.heard = [];
     for (const name of ${JSON.stringify(EVENTS)}) {
       // Not the window: "load" never gets there.
       document.addEventListener(name, ({ target }) => { if (target.model !== undefined) heard.push(name); }, true);
     }
     ${script}`,
  );
  await writeFile(
    join(blogFolder, "index.html"),
    `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
     <link rel="stylesheet" href="blog.css"><script src="blog.js"></script>
     <script type="module" src="${host.url}embed.js"></script></head><body>${body}</body></html>`,
  );
  await page.goto(at.url);
}

const ready = (selector = "sketch-classifier") =>
  page.waitForFunction(
    (selector) =>
      [...document.querySelectorAll<SketchClassifierElement>(selector)].every(
        ({ model }) => model,
      ),
    {},
    selector,
  );

const deep = (selector: string) =>
  page.waitForSelector(`sketch-classifier >>> ${selector}`);

/** Draw an angle with the mouse on the first pad. */
async function draw(canvas = deep(".canvas")): Promise<void> {
  const box = (await (await canvas)?.boundingBox())!;
  const at = (x: number, y: number): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];
  await page.mouse.move(...at(0.3, 0.2));
  await page.mouse.down();
  await page.mouse.move(...at(0.7, 0.3), { steps: 5 });
  await page.mouse.move(...at(0.4, 0.8), { steps: 5 });
  await page.mouse.up();
}

const predicted = () =>
  page.waitForFunction(
    () =>
      document.querySelector("sketch-classifier")?.prediction?.label ?? false,
  );
/** Text of a part, as it is shown. */
const text = (selector: string) =>
  page.evaluate(
    (selector) =>
      document
        .querySelector("sketch-classifier")!
        .shadowRoot!.querySelector<HTMLElement>(selector)!.innerText,
    selector,
  );
const isShown = (selector: string) =>
  page.evaluate(
    (selector) =>
      document
        .querySelector("sketch-classifier")!
        .shadowRoot!.querySelector(selector)!
        .getClientRects().length > 0,
    selector,
  );
const requestsOf = (path: string): number =>
  seen.requests.filter((url) => url === host.url + path).length;
const complaints = (): string[] =>
  seen.complaints.filter((complaint) => !complaint.includes("favicon"));

describe("one line in a page", () => {
  test("lets its readers draw, under the strictest policy, and asks for nothing but its own files", async () => {
    await open(element());
    await ready();
    expect(
      await page.evaluate(
        () => document.querySelector("sketch-classifier")!.prediction,
      ),
    ).toBeNull();
    await draw();
    await predicted();
    const { label, bars, winner } = await page.evaluate(() => {
      const { prediction, shadowRoot } =
        document.querySelector("sketch-classifier")!;
      const winner =
        shadowRoot!.querySelector<HTMLElement>(".winner .label")!.innerText;
      return {
        label: prediction!.label,
        bars: shadowRoot!.querySelectorAll(".bar").length,
        winner,
      };
    });
    expect(winner).toBe(label);
    expect(bars).toBe(10);
    expect(complaints()).toEqual([]);
    const own = seen.requests
      .filter((url) => url.startsWith(host.url))
      .map((url) => url.slice(host.url.length));
    expect(
      own.filter((path) => !path.startsWith("assets/extras-")).sort(),
    ).toEqual(
      [
        "embed.js",
        "models/digits/latest.json",
        `${VERSION}/layers-float32/model.json`,
        WEIGHTS,
        `${VERSION}/manifest.json`,
      ].sort(),
    );
    expect(own).toHaveLength(6);
    expect(
      seen.requests.every(
        (url) => url.startsWith(host.url) || url.startsWith(blog.url),
      ),
    ).toBe(true);
    const traces = () => [
      document.cookie,
      localStorage.length,
      sessionStorage.length,
    ];
    expect(await page.evaluate(traces)).toEqual(["", 0, 0]);
  });

  test("works where strings may not become HTML or scripts (Trusted Types)", async () => {
    const policy = `default-src 'none'; script-src 'self' ${host.origin}; connect-src ${host.origin}; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`;
    const strict = await serve(blogFolder, { prefix: "/", policy });
    await open(element("explain"), { at: strict });
    await ready();
    await draw();
    await predicted();
    expect(complaints()).toEqual([]);
    await strict.close();
  });

  test("answers within the frame in which the pen moves", async () => {
    await open(element(), {
      script: `globalThis.frames_ = []; let passed = 0;
        for (const name of ["pointerdown", "pointermove", "lostpointercapture"]) addEventListener(name, () => {
          passed = 0;
          requestAnimationFrame(() => { passed += 1; });
        });
        addEventListener("predict", () => { frames_.push(passed); });`,
    });
    await ready();
    await draw();
    await predicted();
    const frames = await page.evaluate(
      () => (globalThis as unknown as { frames_: number[] }).frames_,
    );
    expect(frames.length).toBeGreaterThan(3);
    expect(Math.max(...frames)).toBe(0);
  });

  test("tells what happens: load, progress and error to itself, predict and clear to everybody", async () => {
    await open(`<main>${element()}</main>`, {
      script: `globalThis.bubbled = [];
        document.addEventListener("DOMContentLoaded", () => {
          for (const name of ${JSON.stringify(EVENTS)}) {
            document.querySelector("main").addEventListener(name, ({ detail }) => {
              bubbled.push([name, Object.keys(detail ?? {}).sort().join()]);
            });
          }
        });`,
    });
    await ready();
    await draw();
    await predicted();
    await (await deep(".buttons button:last-child"))!.click();
    const { heard, bubbled } = await page.evaluate(() => ({
      heard: globalThis.heard,
      bubbled: globalThis.bubbled,
    }));
    expect([...new Set(heard)]).toEqual([
      "progress",
      "load",
      "predict",
      "clear",
    ]);
    expect(new Set(bubbled.map(String))).toEqual(
      new Set([
        "predict,input,label,labelIndex,logits,picture,probabilities",
        "clear,",
      ]),
    );
    expect(heard.filter((name) => name === "clear")).toHaveLength(1);
    expect(
      await page.evaluate(
        () => document.querySelector("sketch-classifier")!.prediction,
      ),
    ).toBeNull();
  });

  test("announces the answer once the hand rests, and an empty pad", async () => {
    await open(element());
    await ready();
    await draw();
    expect(await text(".spoken")).toBe("");
    const said = () =>
      page.waitForFunction(
        () =>
          document
            .querySelector("sketch-classifier")!
            .shadowRoot!.querySelector(".spoken")!.textContent,
      );
    const label = await (await predicted()).jsonValue();
    expect(await (await said()).jsonValue()).toMatch(
      new RegExp(`^${String(label)}, [\\d.]+%$`),
    );
    await page.evaluate(() => {
      document.querySelector("sketch-classifier")!.clear();
    });
    await page.waitForFunction(
      () =>
        document
          .querySelector("sketch-classifier")!
          .shadowRoot!.querySelector(".spoken")!.textContent ===
        "The pad is empty.",
    );
  });

  test("explains a linear model's answer where it is asked to", async () => {
    await open(element());
    await ready();
    await draw();
    await predicted();
    expect(await isShown(".layers")).toBe(false);
    await page.evaluate(() => {
      document.querySelector("sketch-classifier")!.explain = true;
    });
    expect(await isShown(".layers")).toBe(true);
    const painted = await page.evaluate(() => {
      const { shadowRoot, prediction, model } =
        document.querySelector("sketch-classifier")!;
      const alpha = (name: string): number[] => {
        const context = shadowRoot!
          .querySelector<HTMLCanvasElement>(`canvas.${name}`)!
          .getContext("2d")!;
        const { data } = context.getImageData(0, 0, 28, 28);
        return Array.from({ length: 784 }, (_, pixel) => data[4 * pixel + 3]!);
      };
      const { kernel, outputs } = model!.linear!;
      const products = Array.from(
        prediction!.input,
        (value, pixel) =>
          value * kernel[pixel * outputs + prediction!.labelIndex]!,
      );
      return { products, speaksFor: alpha("for"), against: alpha("against") };
    });
    const most = Math.max(...painted.products.map(Math.abs));
    painted.products.forEach((product, pixel) => {
      const shade = (255 * product) / most;
      // Half a step: the canvas keeps whole numbers.
      expect(
        Math.abs(painted.speaksFor[pixel]! - Math.max(0, shade)),
      ).toBeLessThanOrEqual(0.51);
      expect(
        Math.abs(painted.against[pixel]! - Math.max(0, -shade)),
      ).toBeLessThanOrEqual(0.51);
    });
  });
});

describe("drawing", () => {
  test("can be done with the keyboard alone, undone and cleared", async () => {
    await open(element());
    await ready();
    await page.keyboard.press("Tab");
    for (const key of ["ArrowUp", "ArrowUp", "Space"])
      await page.keyboard.press(key as "Space");
    await page.keyboard.down("Shift");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"])
      await page.keyboard.press(key as "ArrowDown");
    await page.keyboard.up("Shift");
    await predicted();
    await page.keyboard.press("Space");
    const blank = () =>
      page.evaluate(
        () =>
          new Promise((resolve) =>
            requestAnimationFrame(() =>
              requestAnimationFrame(() => {
                resolve(
                  document.querySelector("sketch-classifier")!.prediction ===
                    null,
                );
              }),
            ),
          ),
      );
    expect(await blank()).toBe(false);
    await page.keyboard.down("Control");
    await page.keyboard.press("z");
    await page.keyboard.up("Control");
    expect(await blank()).toBe(true);
    await draw();
    await predicted();
    await page.keyboard.press("Delete");
    expect(await blank()).toBe(true);
    await page.evaluate(() => {
      document.querySelector("sketch-classifier")!.undo();
    }); // the clearing, too
    expect(await blank()).toBe(false);
  });

  test("does not scroll the page under a finger", async () => {
    await page.setViewport(PHONE);
    await open(`${element()}<p class="long">…</p>`, {
      css: ".long { height: 3000px }",
    });
    await ready();
    const box = (await (await deep(".canvas"))!.boundingBox())!;
    const { touchscreen } = page;
    await touchscreen.touchStart(box.x + 100, box.y + 250);
    for (let y = 240; y > 40; y -= 20)
      await touchscreen.touchMove(box.x + 100, box.y + y);
    await touchscreen.touchEnd();
    await predicted();
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  test("that was begun before the model is there is answered when it comes", async () => {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    host.tamper = async (path, body) => {
      if (path === WEIGHTS) await arrived;
      return body;
    };
    await open(element());
    await draw();
    arrive();
    await predicted();
  });
});

describe("hosts", () => {
  test.each([
    ["resets everything", "* { all: unset !important }"],
    [
      "hides and blows up",
      "div, canvas, button, ol, p { display: none !important } * { font-size: 90px !important; line-height: 5 }",
    ],
    [
      "turns text white, huge and uppercase",
      "body { font: 60px fantasy; text-transform: uppercase; letter-spacing: 1em; text-align: right; pointer-events: auto; white-space: pre }",
    ],
  ])("whose style sheet %s", async (_, css) => {
    await open(element(), { css });
    await ready();
    await draw();
    await predicted();
    const sizes = await page.evaluate(() => {
      const root = document.querySelector("sketch-classifier")!.shadowRoot!;
      const size = (selector: string) => {
        const { width, height } = root
          .querySelector(selector)!
          .getBoundingClientRect();
        return [width, height] as const;
      };
      return {
        pad: size(".pad"),
        undo: size(".buttons button"),
        font: getComputedStyle(root.querySelector(".bar")!).fontSize,
      };
    });
    expect(sizes.pad[0]).toBeGreaterThan(200);
    expect(sizes.pad[0]).toBe(sizes.pad[1]);
    expect(sizes.undo[0]).toBeGreaterThanOrEqual(44);
    expect(sizes.undo[1]).toBeGreaterThanOrEqual(44);
    expect(sizes.font).toBe("16px");
    expect(complaints()).toEqual([]);
  });

  test("with right-to-left text: the bars grow from the right", async () => {
    await open(element(), { html: 'lang="ar" dir="rtl"' });
    await ready();
    await draw();
    await predicted();
    const ends = await page.evaluate(() => {
      const root = document.querySelector("sketch-classifier")!.shadowRoot!;
      const right = (selector: string) =>
        root.querySelector(selector)!.getBoundingClientRect().right;
      return {
        track: right(".winner .track"),
        fill: right(".winner .fill"),
        pad: right(".pad"),
        bars: right(".bars"),
      };
    });
    expect(ends.fill).toBeCloseTo(ends.track, 1);
    expect(ends.pad).toBeGreaterThan(ends.bars);
  });

  test("that put it into a shadow root of their own: predict still gets out", async () => {
    await open('<div id="app"></div>', {
      script: `document.addEventListener("DOMContentLoaded", () => {
        const root = document.querySelector("#app").attachShadow({ mode: "open" });
        const classifier = document.createElement("sketch-classifier");
        classifier.setAttribute("src", ${JSON.stringify(src())});
        root.append(classifier);
        globalThis.kept = classifier;
        document.addEventListener("predict", ({ detail }) => { globalThis.answer = detail.label; });
      });`,
    });
    await page.waitForFunction(() => kept.model);
    await draw(page.waitForSelector("#app >>> sketch-classifier >>> .canvas"));
    await page.waitForFunction("globalThis.answer");
  });

  test("that frame it without an origin of its own", async () => {
    const framed = `<script type=module src=${host.url}embed.js></script>${element().replaceAll('"', "")}`;
    await writeFile(
      join(blogFolder, "frame.html"),
      `<!doctype html><title>f</title>${framed}`,
    );
    const policy = `default-src 'none'; script-src 'self' ${host.origin}; connect-src ${host.origin}; style-src 'self'; frame-src 'self'`;
    const framing = await serve(blogFolder, { prefix: "/", policy });
    await open(
      '<iframe sandbox="allow-scripts" src="frame.html" width="600" height="600"></iframe>',
      { at: framing },
    );
    const frame = await page.waitForFrame((frame) =>
      frame.url().endsWith("frame.html"),
    );
    await frame.waitForFunction(
      () => document.querySelector("sketch-classifier")?.model,
    );
    expect(await frame.evaluate(() => origin)).toBe("null");
    await draw(frame.waitForSelector("sketch-classifier >>> .canvas"));
    await frame.waitForFunction(
      () => document.querySelector("sketch-classifier")?.prediction,
    );
    await framing.close();
  });

  test("that shrink it to its content, as a flex container does: on a phone it fits", async () => {
    await page.setViewport(PHONE);
    await open(`<div class="row">${element()}</div>`, {
      css: ".row { display: flex }",
    });
    await ready();
    const { scrollWidth, pad } = await page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      pad: document
        .querySelector("sketch-classifier")!
        .shadowRoot!.querySelector(".pad")!.clientWidth,
    }));
    expect(scrollWidth).toBe(390);
    expect(pad).toBeGreaterThan(300);
  });

  test("whose theme changes: the strokes take the new colour", async () => {
    await open(element(), {
      css: "body { color: rgb(200, 0, 0) } .night { color: rgb(0, 0, 250) }",
    });
    await ready();
    await draw();
    const colour = () =>
      page.evaluate(() => {
        const canvas = document
          .querySelector("sketch-classifier")!
          .shadowRoot!.querySelector<HTMLCanvasElement>(".canvas")!;
        const { data } = canvas
          .getContext("2d")!
          .getImageData(0, 0, canvas.width, canvas.height);
        const pixel =
          data.findIndex((value, index) => index % 4 === 3 && value === 255) -
          3;
        return [...data.slice(pixel, pixel + 3)];
      });
    expect(await colour()).toEqual([200, 0, 0]);
    await page.evaluate(() => {
      document.body.className = "night";
    });
    await expect.poll(colour).toEqual([0, 0, 250]);
  });

  test("have an element that passes axe, in both themes, ready and failed", async () => {
    for (const theme of ["light", "dark"]) {
      for (const works of [true, false]) {
        await open(
          `<main><h1>A post</h1>${element(`theme="${theme}" explain alt="Digits"`).replace("latest", works ? "latest" : "missing")}</main>`,
        );
        await page.waitForFunction(
          () => heard.includes("load") || heard.includes("error"),
        );
        if (works) await draw();
        // Through the protocol, which the page's policy does not concern.
        await page.evaluate(axe.source);
        const { violations } = (await page.evaluate(
          "axe.run()",
        )) as axe.AxeResults;
        expect(
          violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`,
          ),
        ).toEqual([]);
      }
    }
  });
});

describe("several on one page", () => {
  test("twenty share one download and one model, which goes with the last of them", async () => {
    await open(element().repeat(20));
    await ready();
    await page.waitForFunction(
      () => heard.filter((name) => name === "load").length === 20,
    );
    for (const path of [
      "models/digits/latest.json",
      `${VERSION}/manifest.json`,
      WEIGHTS,
    ])
      expect(requestsOf(path)).toBe(1);
    const { models, stillThere, gone } = await page.evaluate(async () => {
      const all = [...document.querySelectorAll("sketch-classifier")];
      const models = new Set(all.map(({ model }) => model)).size;
      const { model } = all[0]!;
      const ask = () =>
        model!.predict(new Float32Array(784)).then(
          () => "answer",
          ({ code }: { code: string }) => code,
        );
      for (const one of all.slice(1)) one.remove();
      await Promise.resolve();
      const stillThere = await ask();
      all[0]!.remove();
      await Promise.resolve();
      await Promise.resolve();
      return { models, stillThere, gone: await ask() };
    });
    expect({ models, stillThere, gone }).toEqual({
      models: 1,
      stillThere: "answer",
      gone: "input",
    });
  });

  test("a second copy of the library says so in the console, and can have a name of its own", async () => {
    const other = await serve(site, { shared: true });
    other.tamper = (path, body) =>
      path === "embed.js"
        ? Buffer.from(
            body.toString().replace(/`\d+\.\d+\.\d+[^`]*`/, "`99.0.0`"),
          )
        : body;
    const policy = `default-src 'none'; script-src 'self' ${host.origin} ${other.origin}; connect-src ${host.origin}`;
    const both = await serve(blogFolder, { prefix: "/", policy });
    await writeFile(
      join(blogFolder, "second.js"),
      `import { define } from "${other.url}embed.js"; define("other-classifier");`,
    );
    await open(
      `${element()}${element().replaceAll("sketch-", "other-")}<script type="module" src="second.js"></script>`,
      { at: both },
    );
    await page.waitForFunction(() =>
      [...document.body.querySelectorAll("[src*=json]")].every(
        (one) => (one as SketchClassifierElement).model,
      ),
    );
    expect(
      complaints().filter((complaint) => !complaint.includes("blog.css")),
    ).toEqual([
      expect.stringMatching(
        /^console warn: <sketch-classifier> is registered already, by version \S+; version 99\.0\.0 leaves it/,
      ),
    ]);
    const versions = await page.evaluate(() =>
      ["sketch-classifier", "other-classifier"].map(
        (name) =>
          (customElements.get(name) as unknown as { version: string }).version,
      ),
    );
    expect(versions[0]).not.toBe(versions[1]);
    expect(versions[1]).toBe("99.0.0");
    await both.close();
    await other.close();
  });

  test("the same version twice says nothing", async () => {
    await writeFile(
      join(blogFolder, "twice.js"),
      `import "${host.url}embed.js?again";`,
    );
    await open(`${element()}<script type="module" src="twice.js"></script>`);
    await ready();
    await draw();
    await predicted();
    expect(complaints()).toEqual([]);
  });
});

test("the page that documents it runs all its examples under the site's own policy, and each snippet is the example", async () => {
  await page.goto(`${host.url}embed.html`);
  await page.waitForSelector("pre");
  for (const section of await page.$$(".example")) {
    await section.scrollIntoView();
    await section.waitForSelector("sketch-classifier");
  }
  await ready();
  const examples = await page.evaluate(() =>
    [...document.querySelectorAll(".example")].map((section) => {
      const template = document.createElement("template");
      template.innerHTML = section.querySelector("pre")!.textContent;
      const shown = template.content.querySelector("sketch-classifier")!;
      return [shown, section.querySelector("sketch-classifier")!].map(
        (element) =>
          Object.fromEntries(
            Array.from(element.attributes, ({ name, value }) => [name, value]),
          ),
      );
    }),
  );
  expect(examples.length).toBeGreaterThan(3);
  for (const [shown, live] of examples) expect(shown).toEqual(live);
  await draw(page.waitForSelector("#pad >>> .canvas"));
  await page.waitForFunction(() =>
    document
      .querySelector<HTMLOutputElement>("#answer")!
      .value.startsWith(
        document.querySelector<SketchClassifierElement>("#pad")!.prediction
          ?.label ?? "…",
      ),
  );
  expect(complaints()).toEqual([]);
  expect(
    await page.$$eval("th", (rows) => rows.map((row) => row.innerText)),
  ).toEqual(expect.arrayContaining(Object.keys(PARTS)));
});

test("its parts and slots are those that are documented", async () => {
  await open(element("explain"));
  await ready();
  await draw();
  await predicted();
  const { parts, slots } = await page.evaluate(() => {
    const root = document.querySelector("sketch-classifier")!.shadowRoot!;
    return {
      parts: [...root.querySelectorAll("[part]")].flatMap(({ part }) => [
        ...part,
      ]),
      slots: [...root.querySelectorAll("slot")].map(({ name }) => name),
    };
  });
  expect(slots.sort()).toEqual(Object.keys(SLOTS).sort());
  // Those that only lay things out are no promise.
  const layout = [
    "root",
    "fallback",
    "stage",
    "draw",
    "answers",
    "pictures",
    "layers",
    "for",
    "against",
    "spoken",
  ];
  expect(new Set(parts)).toEqual(new Set([...Object.keys(PARTS), ...layout]));
});

describe("coming and going", () => {
  test("removed while it loads, it stops the download and tells nothing more", async () => {
    let stopped = false;
    host.tamper = (path, body) =>
      path === WEIGHTS
        ? new Promise<Buffer>((resolve) =>
            setTimeout(() => {
              resolve(body);
            }, 500),
          )
        : body;
    page.on("requestfailed", (request) => {
      stopped ||= request.url().endsWith(".bin");
    });
    await open(element());
    await page.waitForFunction(() => heard.includes("progress"));
    await page.evaluate(() => {
      globalThis.kept = document.querySelector("sketch-classifier")!;
      kept.remove();
    });
    await expect.poll(() => stopped).toBe(true);
    expect(
      await page.evaluate(() => heard.filter((name) => name !== "progress")),
    ).toEqual([]);
    host.tamper = (_, body) => body;
    await page.evaluate(() => {
      document.body.append(kept);
    });
    await ready();
  });

  test("moved within the page, it keeps its model and its drawing", async () => {
    await open(`${element()}<section></section>`);
    await ready();
    await draw();
    const label = await (await predicted()).jsonValue();
    const moved = await page.evaluate(async () => {
      const classifier = document.querySelector("sketch-classifier")!;
      const { model } = classifier;
      document.querySelector("section")!.append(classifier);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return [
        classifier.model === model,
        classifier.prediction?.label,
        heard.filter((name) => name === "load").length,
      ];
    });
    expect(moved).toEqual([true, label, 1]);
  });

  test("with another src it loads another model, once, and answers what is drawn with it", async () => {
    await open(element());
    await ready();
    await draw();
    await predicted();
    await page.evaluate((many) => {
      const classifier = document.querySelector("sketch-classifier")!;
      classifier.src = "nowhere";
      classifier.src = many;
      classifier.format = "layers-float32";
    }, src("many"));
    await page.waitForFunction(
      () =>
        document.querySelector("sketch-classifier")?.model?.manifest.name ===
        "many",
    );
    await page.waitForFunction(() =>
      document
        .querySelector("sketch-classifier")
        ?.prediction?.label.startsWith("kind"),
    );
    // Of thirty labels, the ten most probable, in order.
    const values = await page.evaluate(() =>
      [
        ...document
          .querySelector("sketch-classifier")!
          .shadowRoot!.querySelectorAll<HTMLElement>(".value"),
      ].map(({ innerText }) => Number.parseFloat(innerText)),
    );
    expect(values).toHaveLength(10);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
    expect(seen.requests.some((url) => url.endsWith("nowhere"))).toBe(false);
  });

  test('with loading="lazy" it waits until it comes near', async () => {
    await open(`<p class="far"></p>${element('loading="lazy"')}`, {
      css: ".far { height: 4000px }",
    });
    await page.evaluate(
      () => new Promise((resolve) => setTimeout(resolve, 200)),
    );
    expect(requestsOf("models/digits/latest.json")).toBe(0);
    await page.evaluate(() => {
      document.querySelector("sketch-classifier")!.scrollIntoView();
    });
    await ready();
  });

  test("comes back with the page, as it was, from the browser's history", async () => {
    await writeFile(
      join(blogFolder, "next.html"),
      "<!doctype html><title>next</title>",
    );
    await open(element());
    await ready();
    await page.goto(`${blog.url}next.html`);
    await page.goBack();
    await ready();
    await draw();
    await predicted();
  });
});

describe("when it cannot be loaded", () => {
  const damage: Host["tamper"] = (path, body) =>
    path === WEIGHTS
      ? Buffer.from(body.map((byte, index) => (index === 9 ? byte ^ 1 : byte)))
      : body;

  test("the page's own content stays, with a message; trying again gets past the damaged copy", async () => {
    host.tamper = damage;
    await open(element("", "<p>Here you could draw.</p>"), {
      script: `document.addEventListener("error", (event) => { if (event.detail) globalThis.code = event.detail.code; }, true);`,
    });
    await page.waitForFunction(() => heard.includes("error"));
    expect(await page.evaluate("code")).toBe("integrity");
    expect(
      await page.evaluate(
        () =>
          document.querySelector("sketch-classifier p")!.getClientRects()
            .length,
      ),
    ).toBe(1);
    expect(await isShown(".pad")).toBe(false);
    expect(await text(".message")).toBe("The model could not be loaded.");
    expect(complaints()).toEqual([
      expect.stringMatching(/^console error: <sketch-classifier> .* SHA-256 /),
    ]);
    host.tamper = (_, body) => body;
    await (await deep(".fallback button"))!.click();
    await ready();
    expect(await isShown(".pad")).toBe(true);
    expect(
      await page.evaluate(
        () =>
          document.querySelector("sketch-classifier p")!.getClientRects()
            .length,
      ),
    ).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe(
      "sketch-classifier",
    ); // where the button was
    await draw();
    await predicted();
  });

  test("a page that cancels the event keeps its console clean", async () => {
    host.tamper = damage;
    await open(element(), {
      script:
        'document.addEventListener("error", (event) => { event.preventDefault(); }, true);',
    });
    await page.waitForFunction(() => heard.includes("error"));
    expect(complaints()).toEqual([]);
  });

  test.each([
    ["no address at all", "https://", "input"],
    ["a page", "index.html", "network"],
    ["nothing", "models/none/latest.json", "network"],
  ])("%s as src is a typed error", async (_, address, code) => {
    await open(`<sketch-classifier src="${address}"></sketch-classifier>`, {
      script:
        'addEventListener("error", ({ detail }) => { if (detail) globalThis.code = detail.code; }, true);',
    });
    await page.waitForFunction("globalThis.code");
    expect(await page.evaluate("code")).toBe(code);
  });

  test("the other elements of the page go on", async () => {
    await open(
      `${element()}<sketch-classifier class="bad" src="${host.url}models/none/latest.json"></sketch-classifier>`,
    );
    await page.waitForFunction(
      () => heard.includes("error") && heard.includes("load"),
    );
    await draw();
    await predicted();
  });
});

describe("words", () => {
  test("come from texts, labels, alt and slots, and numbers follow the language", async () => {
    const texts = JSON.stringify({
      clear: "Löschen",
      answers: "Wahrscheinlichkeiten",
      answer: "{label} mit {percent}",
    });
    const labels = "null,eins,zwei,drei,vier,fünf,sechs,sieben,acht,neun";
    await open(
      element(
        `texts='${texts}' labels="${labels}" alt="Ziffern"`,
        '<b slot="undo">Zurück</b>',
      ),
      { html: 'lang="de"' },
    );
    await ready();
    await draw();
    await predicted();
    expect(await text(".buttons")).toMatch(/Löschen/);
    const { label, percent, group, list } = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("sketch-classifier")!;
      const of = (selector: string) =>
        shadowRoot!.querySelector<HTMLElement>(selector)!;
      return {
        label: of(".winner .label").innerText,
        percent: of(".winner .value").innerText,
        group: of(".root").getAttribute("aria-label"),
        list: of(".bars").getAttribute("aria-label"),
      };
    });
    expect(labels.split(",")).toContain(label);
    expect(percent).toMatch(/^[\d,]+\s%$/);
    expect([group, list]).toEqual(["Ziffern", "Wahrscheinlichkeiten"]);
    const shown = await page.evaluate(
      () =>
        document.querySelector<HTMLElement>('[slot="undo"]')!.getClientRects()
          .length,
    );
    expect(shown).toBe(1);
  });

  test.each([
    ["labels", "one,two", /labels must be 10/],
    ["texts", "{", /texts must be JSON/],
  ])(
    "a wrong %s is told in the console, and the model's own words stay",
    async (name, value, warning) => {
      await open(element(`${name}="${value}"`));
      await ready();
      await draw();
      await predicted();
      expect(complaints().length).toBeGreaterThan(0);
      for (const complaint of complaints()) expect(complaint).toMatch(warning);
      expect(await text(".winner .label")).toMatch(/^\d$/);
    },
  );

  test("properties reflect attributes, also when they were set before the element was known", async () => {
    await open('<div id="app"></div>', {
      script: `document.addEventListener("DOMContentLoaded", () => {
        const early = document.createElement("sketch-classifier");
        Object.assign(early, { src: ${JSON.stringify(src())}, explain: true, texts: { undo: "Back" } });
        document.querySelector("#app").append(early);
      });`,
    });
    await ready();
    const state = await page.evaluate(() => {
      const classifier = document.querySelector("sketch-classifier")!;
      classifier.theme = "dark";
      classifier.loading = "lazy";
      return [
        classifier.getAttributeNames().sort(),
        classifier.texts.undo,
        classifier.alt,
        classifier.explain,
      ];
    });
    expect(state).toEqual([
      ["explain", "loading", "src", "texts", "theme"],
      "Back",
      "",
      true,
    ]);
    await page.evaluate(() => {
      const classifier = document.querySelector("sketch-classifier")!;
      classifier.explain = false;
      classifier.texts = {};
    });
    expect(await text(".buttons")).toMatch(/Undo/);
  });
});
