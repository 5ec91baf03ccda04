// A blog of another origin than the site that its posts embed, as strict as blogs get: where the element is tested.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewport } from "puppeteer-core";
import { beforeAll } from "vitest";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import { drawOn } from "./hand.ts";
import { inChromium, inEveryBrowser, Stage, type Played } from "./scenario.ts";
import { serve, type Host } from "./server.ts";
import { makeSite, snippetOf, temporary } from "./site.ts";

declare global {
  /** Noted by the page's own listeners: events, and an element. */
  var heard: string[];
  var kept: SketchClassifierElement;
  /** Its own elements, through shadow roots: each selector starts in the shadow root of what the one before it found. */
  var find: (...path: string[]) => HTMLElement | null;
  /** True if the browser restored the page from its back/forward cache. */
  var persisted: boolean | undefined;
}

export type Pad = HTMLElementTagNameMap["sketch-classifier"];

/** Paths of the site's model: its folder, and its weights. */
export const VERSION = "models/digits/0123456789ab";
export const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
/** Every window is as wide as WebKitGTK's can be. */
const WINDOW: Viewport = { width: 800, height: 900 };

/** A slanted line, as points of a pad's side. */
export const LINE = [[0.15, 0.5, 0.85].map((y) => ({ x: 0.6 - (y - 0.15) / 7, y }))];

/** For the one style that snippets print, which keeps the element's place. The element itself needs it not. */
export const PLACE = "; style-src-attr 'unsafe-inline'";

/** Content security policy of a blog that embeds from one other place; `more` is allowed besides. */
export const policyFor = (site: string, more = ""): string =>
  `default-src 'none'; script-src 'self' ${site}; connect-src ${site}; style-src 'self'${PLACE}${more}`;

interface Post {
  readonly css?: string;
  /** Runs before the embed's script. */
  readonly script?: string;
  /** Attributes of <html>. */
  readonly html?: string;
  readonly size?: Viewport;
  /** The blog's policy from now on, at another address. */
  readonly policy?: string;
  /** Code in <head> that loads the element; by default the site's embed.js. */
  readonly head?: string;
}

export class Blog {
  readonly stage = new Stage();
  /** The blog's own host. */
  host!: Host;

  /** Where the element and the models come from. */
  get site() {
    return this.stage.host;
  }
  get page() {
    return this.stage.page;
  }
  /** The page's complaints, without the favicon's: browsers ask for one, and the blog's policy forbids it. */
  get complaints(): string[] {
    return this.stage.seen.complaints.filter((complaint) => !complaint.includes("favicon"));
  }

  src = (name = "digits"): string => `${this.site.url}models/${name}/latest.json`;

  element = (attributes = "", content = ""): string =>
    `<sketch-classifier src="${this.src()}" ${attributes}>${content}</sketch-classifier>`;

  /** A snippet of the site's embed.html. */
  snippet = async (title: string, version = VERSION) => (await snippetOf(this.site, title, version)).code;

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

  write = (name: string, content: string): Promise<void> => writeFile(join(this.host.folder, name), content);

  /** Its policy where frames of the site may be shown too, and `more`. */
  framing = (more = ""): string => policyFor(this.site.origin, `; frame-src ${this.site.origin}${more}`);

  /** Open a post, or a whole page, which may bring in blog.css and should bring in blog.js. */
  async open(body: string, post: Post = {}): Promise<void> {
    const { html = 'lang="en"', css = "", script = "", size = WINDOW, policy } = post;
    const { head = `<script type="module" src="${this.site.url}embed.js"></script>` } = post;
    const page = `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
      <link rel="stylesheet" href="blog.css"><script src="blog.js"></script>${head}</head><body>${body}</body></html>`;
    if (policy) this.host = await serve(this.host.folder, policy);
    await this.write("blog.css", css);
    await this.write("blog.js", (await readFile(join(import.meta.dirname, "hosts/blog.js"), "utf8")) + script);
    await this.write("index.html", body.startsWith("<!doctype") ? body : page);
    await this.page.setViewport(size);
    await this.page.goto(this.host.url);
  }

  /** Every element, or all that the selector finds, has its model. */
  async ready(selector = "sketch-classifier"): Promise<void> {
    const all = (selector: string) => {
      const found = [...document.querySelectorAll<Pad>(selector)];
      return found.length > 0 && found.every(({ model }) => model);
    };
    await this.page.waitForFunction(all, {}, selector);
  }

  /** Run a function on the first element of the page. */
  onPad<R, A extends readonly unknown[]>(act: (pad: Pad, ...given: A) => R, ...given: A): Promise<Awaited<R>> {
    const run = this.page.$eval<"sketch-classifier", unknown[]>("sketch-classifier", act as never, ...given);
    return run as Promise<Awaited<R>>;
  }

  /** Set properties of the first element. */
  set = (properties: Partial<Pad>): Promise<void> =>
    this.onPad((pad, properties) => void Object.assign(pad, properties), properties);

  /** Call a method of the first element. */
  call = (method: "clear" | "focus" | "undo"): Promise<void> =>
    this.onPad((pad, method) => {
      pad[method]();
    }, method);

  /** Draw an angle with the mouse on a pad: by default on the first one of the page. */
  draw = (path?: string[]): Promise<void> => drawOn(this, undefined, path);

  /** The label of the first element's answer to all that is drawn, once it has one. */
  async predicted(): Promise<string> {
    await this.page.waitForFunction(() => document.querySelector("sketch-classifier")?.prediction);
    return this.onPad(async (pad) => {
      // The last move may wait for a frame, and its answer for the next one.
      for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
      return pad.prediction!.label;
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
  text = (selector: string): Promise<string> =>
    this.page.evaluate((selector) => find("sketch-classifier", selector)?.innerText ?? "", selector);

  isShown = (selector: string): Promise<boolean> =>
    this.page.evaluate((part) => (find("sketch-classifier", part)?.getClientRects().length ?? 0) > 0, selector);

  /** Press a button in the first element's shadow root. */
  press = (selector: string): Promise<void> => drawOn(this, [[[0.5, 0.5]]], ["sketch-classifier", selector]);

  /** Wait until the page's listeners have heard this of an element. */
  hears = (name: string) => this.page.waitForFunction((name) => heard.includes(name), {}, name);

  /** How often the site was asked for a file. */
  requestsOf = (path: string): number => this.site.asked.filter((asked) => asked === path).length;
}

interface Options extends Pick<Played, "only"> {
  /** Adds to the site that the blog embeds from. */
  readonly furnish?: (site: string) => Promise<void>;
}

/** Play scenarios on a blog in every browser, or in those named. */
export function onABlog(
  scenarios: (blog: Blog) => void,
  { furnish, ...only }: Options = {},
  play = inEveryBrowser,
): void {
  const blog = new Blog();
  let [site, folder] = ["", ""];
  beforeAll(async () => {
    [site, folder] = [await makeSite(), await temporary()];
    await furnish?.(site);
  });
  const host = async () => {
    const host = await serve(site);
    blog.host = await serve(folder, policyFor(host.origin));
    return host;
  };
  const played = () => {
    scenarios(blog);
  };
  play(played, { ...only, host, stage: blog.stage });
}

/** Play what no browser decides on a blog in Chromium; see `inChromium`. */
export const onABlogInChromium = (scenarios: (blog: Blog) => void, options: Options = {}): void => {
  onABlog(scenarios, options, inChromium);
};
