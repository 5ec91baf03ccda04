// A blog of another origin than the site that its posts embed, as strict as blogs get: where the element is tested.
import { hash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewport } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../../web/src/page/use/snippets.ts";
import { parseManifest } from "../../web/src/runtime/manifest.ts";
import type { BrowserName } from "./browsers.ts";
import { inChromium, inEveryBrowser, type Stage } from "./scenario.ts";
import { serve, type Host } from "./server.ts";
import { makeSite } from "./site.ts";

declare global {
  /** What the page's own listeners heard, and what they keep. */
  var heard: string[];
  var kept: SketchClassifierElement;
  /** Its own elements, through shadow roots: each selector starts in the shadow root of what the one before it found. */
  var find: (...path: string[]) => HTMLElement | null;
}

export const EVENTS = ["load", "progress", "error", "predict", "clear"];
/** Of the site's model, by its folder and its weights. */
export const VERSION = "models/digits/0123456789ab";
export const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
/** Every window is as wide as WebKitGTK's can be. */
const WINDOW: Viewport = { width: 800, height: 900 };

/** For the one style that snippets print, which keeps the element's place. The element itself needs it not. */
export const PLACE = "; style-src-attr 'unsafe-inline'";

/** What a blog allows that embeds from one other place; `more` is allowed besides. */
export const policyFor = (site: string, more = ""): string =>
  `default-src 'none'; script-src 'self' ${site}; connect-src ${site}; style-src 'self'${PLACE}${more}`;

export interface Post {
  readonly css?: string;
  /** Runs before the embed's script. */
  readonly script?: string;
  /** Attributes of <html>. */
  readonly html?: string;
  readonly size?: Viewport;
  /** Another host of the same folder. */
  readonly at?: Host;
  /** What stands in <head> to bring the element; by default the site's embed.js. */
  readonly head?: string;
}

interface Place {
  /** Where the element and the models come from. */
  site: Host;
  /** What the blog itself serves. */
  folder: string;
}

export class Blog {
  readonly stage: Stage;
  readonly #place: Place;

  constructor(stage: Stage, place: Place) {
    this.stage = stage;
    this.#place = place;
  }

  get site(): Host {
    return this.#place.site;
  }
  get folder(): string {
    return this.#place.folder;
  }
  get page() {
    return this.stage.page;
  }
  /** Of the page; a blog without a picture of its own is asked for one by browsers, which its policy then forbids. */
  get complaints(): string[] {
    return this.stage.seen.complaints.filter((complaint) => !complaint.includes("favicon"));
  }

  src(name = "digits"): string {
    return `${this.site.url}models/${name}/latest.json`;
  }

  element(attributes = "", content = ""): string {
    return `<sketch-classifier src="${this.src()}" ${attributes}>${content}</sketch-classifier>`;
  }

  /** A snippet of the site's panel “Use it”, as it is printed there over https. */
  async snippet(title: string, version = VERSION): Promise<string> {
    const read = (path: string) => readFile(join(this.site.folder, path));
    const parsed = async (path: string) => JSON.parse((await read(path)).toString()) as unknown;
    const path = `${version}/manifest.json`;
    const manifest = parseManifest(await parsed(path));
    const integrity = `sha384-${hash("sha384", await read(path), "base64")}`;
    const { url } = this.site;
    const place = placeOf(manifest, url, url + path, integrity, (await parsed("integrity.json")) as PinnedModules);
    const code = SNIPPETS.find((one) => one.title === title)?.code(place);
    if (!code) throw new Error(`This model has no snippet “${title}”.`);
    return code;
  }

  /** Let nobody have a file of the site before the function that is returned has been called. */
  hold(path: string): () => void {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resume) => (release = resume));
    this.site.tamper = async (asked, body) => {
      if (asked === path) await released;
      return body;
    };
    return release;
  }

  write(name: string, content: string): Promise<void> {
    return writeFile(join(this.folder, name), content);
  }

  /** The same folder under another policy; the caller closes it. */
  under(policy: string): Promise<Host> {
    return serve(this.folder, { prefix: "/", policy });
  }

  /** Open a post. */
  async open(body: string, post: Post = {}): Promise<void> {
    const { html = 'lang="en"', head } = post;
    const embed = `<script type="module" src="${this.site.url}embed.js"></script>`;
    await this.openAs(
      `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
       <link rel="stylesheet" href="blog.css"><script src="blog.js"></script>
       ${head ?? embed}</head><body>${body}</body></html>`,
      post,
    );
  }

  /** Open a whole page, which may bring in blog.css and should bring in blog.js. */
  async openAs(
    page: string,
    { css = "", script = "", size = WINDOW, at }: Omit<Post, "html" | "head"> = {},
  ): Promise<void> {
    await this.write("blog.css", css);
    await this.write(
      "blog.js",
      `globalThis.heard = [];
       for (const name of ${JSON.stringify(EVENTS)}) {
         // Not the window: "load" never gets there.
         document.addEventListener(name, ({ target }) => { if (target.model !== undefined) heard.push(name); }, true);
       }
       globalThis.find = (...path) =>
         path.reduce((found, selector) => (found?.shadowRoot ?? found ?? null)?.querySelector(selector), document);
       ${script}`,
    );
    await this.write("index.html", page);
    await this.page.setViewport(size);
    // WebKit's pages tell their hosts what they complain about.
    if (at && this.stage.browser.name === "webkit") this.stage.seen = at.watch(this.site);
    await this.page.goto((at ?? this.stage.host).url);
  }

  /** Every element, or all that the selector finds, has its model. */
  async ready(selector = "sketch-classifier"): Promise<void> {
    await this.page.waitForFunction(
      (selector: string) => {
        const all = [...document.querySelectorAll<SketchClassifierElement>(selector)];
        return all.length > 0 && all.every(({ model }) => model);
      },
      {},
      selector,
    );
  }

  /** Draw an angle with the mouse on a pad: by default on the first one of the page. */
  async draw(...path: readonly string[]): Promise<void> {
    const way = [...(path.length === 0 ? ["sketch-classifier"] : path), ".canvas"];
    await this.page.waitForFunction((way: string[]) => find(...way)?.clientWidth, {}, way);
    await drawIn(this.page, await this.#box(way));
  }

  /** Where something is, once it is in the middle of the window. */
  #box(way: string[]) {
    return this.page.evaluate((way: string[]) => {
      const found = find(...way)!;
      found.scrollIntoView({ block: "center", behavior: "instant" });
      const { x, y, width, height } = found.getBoundingClientRect();
      return { x, y, width, height };
    }, way);
  }

  /** The label of the first element's answer to all that is drawn, once it has one. */
  async predicted(): Promise<string> {
    await this.page.waitForFunction(() => document.querySelector("sketch-classifier")?.prediction);
    return this.page.evaluate(async () => {
      // The last move may wait for a frame, and its answer for the next one.
      for (let frame = 0; frame < 3; frame++) {
        await new Promise((done) => requestAnimationFrame(done));
      }
      return document.querySelector("sketch-classifier")!.prediction!.label;
    });
  }

  /** Text in the first element's shadow root, as it is shown. */
  text(selector: string): Promise<string> {
    return this.page.evaluate((selector: string) => find("sketch-classifier", selector)!.innerText, selector);
  }

  isShown(selector: string): Promise<boolean> {
    return this.page.evaluate(
      (selector: string) => (find("sketch-classifier", selector)?.getClientRects().length ?? 0) > 0,
      selector,
    );
  }

  /** Press a button in the first element's shadow root. */
  async press(selector: string): Promise<void> {
    const { x, y, width, height } = await this.#box(["sketch-classifier", selector]);
    await this.page.mouse.move(x + width / 2, y + height / 2);
    await this.page.mouse.down();
    await this.page.mouse.up();
  }

  /** How often the site was asked for a file. */
  requestsOf(path: string): number {
    return this.site.asked.filter((asked) => asked === path).length;
  }
}

/** Draw an angle with the mouse in a box of the window, in CSS pixels. */
export async function drawIn(
  { mouse }: Pick<Stage["page"], "mouse">,
  box: Readonly<Record<"x" | "y" | "width" | "height", number>>,
): Promise<void> {
  const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await mouse.move(...at(0.3, 0.2));
  await mouse.down();
  await mouse.move(...at(0.7, 0.3), { steps: 5 });
  await mouse.move(...at(0.4, 0.8), { steps: 5 });
  await mouse.up();
}

interface Furnished {
  /** Adds to the site that the blog embeds from. */
  readonly furnish?: (site: string) => Promise<void>;
}

/** Play scenarios on a blog in every browser, or in those named. */
export function onABlog(
  scenarios: (blog: Blog) => void,
  {
    only,
    furnish,
    play = inEveryBrowser,
  }: Furnished & { readonly only?: readonly BrowserName[]; readonly play?: typeof inEveryBrowser } = {},
): void {
  const place = {} as Place; // of the test that is played
  let siteFolder: string;
  beforeAll(async () => {
    siteFolder = await makeSite();
    place.folder = await mkdtemp(join(inject("temporary"), "blog-"));
    await furnish?.(siteFolder);
  });
  afterAll(() => rm(siteFolder, { recursive: true }));
  const hosts = async () => {
    place.site = await serve(siteFolder, { shared: true });
    return [await serve(place.folder, { prefix: "/", policy: policyFor(place.site.origin) }), place.site] as const;
  };
  play(
    (stage) => {
      afterEach(() => place.site.close());
      scenarios(new Blog(stage, place));
    },
    { ...(only && { only }), hosts },
  );
}

/** Play what no browser decides on a blog in Chromium; see `inChromium`. */
export const onABlogInChromium = (scenarios: (blog: Blog) => void, options: Furnished = {}): void => {
  onABlog(scenarios, { ...options, play: inChromium });
};
