// A blog of another origin than the site that its posts embed, as strict as blogs get: where the element is tested.
import { hash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewport } from "puppeteer-core";
import { afterEach, beforeAll } from "vitest";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../../web/src/page/use/snippets.ts";
import { parseManifest } from "../../web/src/runtime/manifest.ts";
import { evaluateIn } from "./browser.ts";
import type { BrowserName } from "./browsers.ts";
import { ANGLE, mouse, trace, type Box } from "./hand.ts";
import { inChromium, inEveryBrowser, type Stage } from "./scenario.ts";
import { serve, type Host } from "./server.ts";
import { makeSite, temporary } from "./site.ts";

declare global {
  /** What the page's own listeners heard, and what they keep. */
  var heard: string[];
  var kept: SketchClassifierElement;
  /** Its own elements, through shadow roots: each selector starts in the shadow root of what the one before it found. */
  var find: (...path: string[]) => HTMLElement | null;
  /** Whether the page came back as it was left. */
  var persisted: boolean | undefined;
}

export type Pad = HTMLElementTagNameMap["sketch-classifier"];

export const EVENTS = ["load", "progress", "error", "predict", "clear"];
/** Of the site's model, by its folder and its weights. */
export const VERSION = "models/digits/0123456789ab";
export const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
/** Every window is as wide as WebKitGTK's can be. */
const WINDOW: Viewport = { width: 800, height: 900 };

/** A slanted line, as points of a pad's side. */
export const LINE = [[0.15, 0.5, 0.85].map((y) => ({ x: 0.6 - (y - 0.15) / 7, y }))];

/** For the one style that snippets print, which keeps the element's place. The element itself needs it not. */
export const PLACE = "; style-src-attr 'unsafe-inline'";

/** What a blog allows that embeds from one other place; `more` is allowed besides. */
export const policyFor = (site: string, more = ""): string =>
  `default-src 'none'; script-src 'self' ${site}; connect-src ${site}; style-src 'self'${PLACE}${more}`;

/** Change one byte of a file, of which every byte counts. */
export const flipped = (body: Buffer, at: number): Buffer => {
  const other = Buffer.from(body);
  other[at < 0 ? body.length + at : at]! ^= 1;
  return other;
};

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
  /** What the blog itself serves, and other hosts of it. */
  folder: string;
  others: Host[];
}

export class Blog {
  constructor(
    readonly stage: Stage,
    private readonly place: Place,
  ) {}

  get site(): Host {
    return this.place.site;
  }
  get folder(): string {
    return this.place.folder;
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

  /** Let nobody have a file of the site, or those that start so, before the function that is returned has been called. */
  hold(path: string): () => void {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resume) => (release = resume));
    this.site.tamper = async (asked, body) => {
      if (asked.startsWith(path)) await released;
      return body;
    };
    return release;
  }

  write(name: string, content: string): Promise<void> {
    return writeFile(join(this.folder, name), content);
  }

  /** The same folder under another policy. */
  async under(policy: string): Promise<Host> {
    const host = await serve(this.folder, { prefix: "/", policy });
    this.place.others.push(host);
    return host;
  }

  /** The same folder, where frames of the site may be shown too, and `more`. */
  framing(more = ""): Promise<Host> {
    return this.under(policyFor(this.site.origin, `; frame-src ${this.site.origin}${more}`));
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
  async openAs(page: string, { css = "", script = "", size = WINDOW, at }: Post = {}): Promise<void> {
    await this.write("blog.css", css);
    await this.write(
      "blog.js",
      `globalThis.heard = [];
       for (const name of ${JSON.stringify(EVENTS)}) {
         // Not the window: "load" never gets there.
         document.addEventListener(name, ({ target }) => { if (target.model !== undefined) heard.push(name); }, true);
       }
       addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; });
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

  /** Run a function on the first element of the page. */
  onPad<R, A extends readonly unknown[]>(act: (pad: Pad, ...given: A) => R, ...given: A): Promise<Awaited<R>> {
    const run = this.page.$eval<"sketch-classifier", unknown[]>("sketch-classifier", act as never, ...given);
    return run as Promise<Awaited<R>>;
  }

  /** Set properties of the first element. */
  set(properties: Partial<Pad>): Promise<void> {
    return this.onPad((pad, properties) => void Object.assign(pad, properties), properties);
  }

  /** Call a method of the first element. */
  call(method: "clear" | "focus" | "reload" | "undo"): Promise<void> {
    return this.onPad((pad, method) => {
      pad[method]();
    }, method);
  }

  /** Draw an angle with the mouse on a pad: by default on the first one of the page. */
  async draw(...path: readonly string[]): Promise<void> {
    const way = [...(path.length === 0 ? ["sketch-classifier"] : path), ".canvas"];
    await this.page.waitForFunction((way: string[]) => find(...way)?.clientWidth, {}, way);
    await trace(mouse(this.page), await this.#box(way), [ANGLE]);
  }

  /** Draw an angle with the mouse on the pad in a frame. */
  async drawInFrame(frame = "iframe"): Promise<void> {
    const inside = await evaluateIn(this.page, frame, () => {
      const canvas = document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".canvas")!;
      return canvas.getBoundingClientRect().toJSON() as Box;
    });
    const { x, y } = await this.page.$eval(frame, (element) => {
      const { x, y } = element.getBoundingClientRect();
      return { x: x + element.clientLeft, y: y + element.clientTop };
    });
    await trace(mouse(this.page), { ...inside, x: inside.x + x, y: inside.y + y }, [ANGLE]);
  }

  /** Where something is, once it is in the middle of the window. */
  #box(way: string[]): Promise<Box> {
    return this.page.evaluate((way: string[]) => {
      const found = find(...way)!;
      found.scrollIntoView({ block: "center", behavior: "instant" });
      return found.getBoundingClientRect().toJSON() as DOMRect;
    }, way);
  }

  /** The label of the first element's answer to all that is drawn, once it has one. */
  async predicted(): Promise<string> {
    await this.page.waitForFunction(() => document.querySelector("sketch-classifier")?.prediction);
    return this.page.evaluate(async () => {
      // The last move may wait for a frame, and its answer for the next one.
      for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
      return document.querySelector("sketch-classifier")!.prediction!.label;
    });
  }

  /** Draw on the first element of the page once it has its model, and return the label of the answer. */
  async drawn(): Promise<string> {
    await this.ready();
    await this.draw();
    return this.predicted();
  }

  /** Open a post, by default one with an element and nothing else, and draw on it: see `drawn`. */
  async answered(body = this.element(), post: Post = {}): Promise<string> {
    await this.open(body, post);
    return this.drawn();
  }

  /** Text in the first element's shadow root, as it is shown. */
  text(selector: string): Promise<string> {
    return this.page.evaluate((selector: string) => find("sketch-classifier", selector)?.innerText ?? "", selector);
  }

  isShown(selector: string): Promise<boolean> {
    return this.page.evaluate(
      (selector: string) => (find("sketch-classifier", selector)?.getClientRects().length ?? 0) > 0,
      selector,
    );
  }

  /** Press a button in the first element's shadow root. */
  async press(selector: string): Promise<void> {
    await trace(mouse(this.page), await this.#box(["sketch-classifier", selector]), [[[0.5, 0.5]]]);
  }

  /** Wait until the page's listeners have heard this of an element. */
  async hears(name: string): Promise<void> {
    await this.page.waitForFunction((name: string) => heard.includes(name), {}, name);
  }

  /** How often the site was asked for a file. */
  requestsOf(path: string): number {
    return this.site.asked.filter((asked) => asked === path).length;
  }
}

interface Options {
  readonly only?: readonly BrowserName[];
  readonly play?: typeof inEveryBrowser;
  /** Adds to the site that the blog embeds from. */
  readonly furnish?: (site: string) => Promise<void>;
}

/** Play scenarios on a blog in every browser, or in those named. */
export function onABlog(scenarios: (blog: Blog) => void, { only, furnish, play = inEveryBrowser }: Options = {}): void {
  const place = { others: [] as Host[] } as Place; // of the test that is played
  let siteFolder: string;
  beforeAll(async () => {
    siteFolder = await makeSite();
    place.folder = await temporary();
    await furnish?.(siteFolder);
  });
  const hosts = async () => {
    place.site = await serve(siteFolder, { shared: true });
    return [await serve(place.folder, { prefix: "/", policy: policyFor(place.site.origin) }), place.site] as const;
  };
  play(
    (stage) => {
      afterEach(async () => {
        for (const host of [place.site, ...place.others.splice(0)]) await host.close();
      });
      scenarios(new Blog(stage, place));
    },
    { ...(only && { only }), hosts },
  );
}

/** Play what no browser decides on a blog in Chromium; see `inChromium`. */
export const onABlogInChromium = (scenarios: (blog: Blog) => void, options: Options = {}): void => {
  onABlog(scenarios, { ...options, play: inChromium });
};
