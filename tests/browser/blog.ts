// A blog of another origin than the site that its posts embed, as strict as blogs get: where the element is tested.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewport } from "puppeteer-core";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import { deep, Stage, until } from "./scenario.ts";
import { serve, type Host } from "./server.ts";
import { makeSite, snippetOf, temporary, writePost } from "./site.ts";

declare global {
  /** The globals of hosts/blog.js: events that were heard, an element through shadow roots, true for a page from the history. */
  var heard: string[];
  var find: (...path: string[]) => HTMLElement | null;
  var persisted: boolean | undefined;
  /** An element that a post keeps. */
  var kept: SketchClassifierElement;
}

export type Pad = HTMLElementTagNameMap["sketch-classifier"];

/** Paths of the site's model of random weights: what is tested does not depend on what it has learnt. */
export const VERSION = "models/digits/0123456789ab";
export const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
/** Every window is as wide as WebKitGTK's can be. */
export const WINDOW: Viewport = { width: 800, height: 900 };

/** Content security policy of a blog that embeds from one other place, with the style of snippets; `more` is allowed besides. */
export const policyFor = (site: string, more = ""): string =>
  `default-src 'none'; script-src 'self' ${site}; connect-src ${site}; style-src 'self'; style-src-attr 'unsafe-inline'${more}`;

/**
 * A style sheet; a script that runs before the embed's; attributes of <html>; code in <head> that loads the element, by
 * default the site's embed.js; and the blog's policy from now on.
 */
type Post = Partial<Record<"css" | "script" | "html" | "head" | "policy", string>> & { readonly size?: Viewport };

/** A stage whose host is the blog's own. */
export class Blog extends Stage {
  /** Where the element and the models come from. */
  site!: Host;
  protected override readonly pad = deep(".canvas");

  /** @param furnish Adds to the site. */
  constructor(furnish?: (site: string) => Promise<unknown>) {
    super(async () => {
      const site = await makeSite({ digits: Array.from("0123456789") });
      await furnish?.(site);
      return site;
    });
  }
  override async begin(): Promise<void> {
    await super.begin();
    this.site = this.host;
    this.host = Object.assign(await serve(await temporary()), { policy: policyFor(this.site.origin) });
  }

  src = (name = "digits"): string => `${this.site.url}models/${name}/latest.json`;
  element = (attributes = "", content = ""): string =>
    `<sketch-classifier src="${this.src()}" ${attributes}>${content}</sketch-classifier>`;
  /** A snippet of the site's embed.html. */
  snippet = (title: string, version = VERSION): string => snippetOf(this.site, title, version).code;
  /** How often the site was asked for a file. */
  requestsOf = (path: string): number => this.site.asked.filter((asked) => asked === path).length;
  write = (name: string, content: string): Promise<void> => writeFile(join(this.host.folder, name), content);

  /** Open a post, or a whole page, which may bring in blog.css and should bring in blog.js. */
  async post(body: string, { html = 'lang="en"', css = "", script = "", size = WINDOW, policy, head }: Post = {}) {
    head ??= `<script type="module" src="${this.site.url}embed.js"></script>`;
    if (policy) this.host.policy = policy;
    head = `<link rel="stylesheet" href="blog.css"><script src="blog.js"></script>${head}`;
    const listeners = await readFile(join(import.meta.dirname, "hosts/blog.js"), "utf8");
    await writePost(this.host.folder, listeners + script, head, body, html);
    await this.write("blog.css", css);
    await this.page.setViewport(size);
    await this.page.goto(this.host.url);
  }

  /** Every element, or all that the selector finds, has its model. */
  loaded = (selector = "sketch-classifier") =>
    until(() => {
      const areLoaded = (pads: Pad[]) => pads.length > 0 && pads.every(({ model }) => model);
      return this.page.$$eval(selector as "sketch-classifier", areLoaded).catch(() => false); // on its way
    });
  /** Run a function on the first element of the page. */
  onPad<R, A extends readonly unknown[]>(act: (pad: Pad, ...given: A) => R, ...given: A): Promise<Awaited<R>> {
    const run = this.page.$eval<"sketch-classifier", unknown[]>("sketch-classifier", act as never, ...given);
    return run as Promise<Awaited<R>>;
  }
  /** Set properties of the first element. */
  set = (properties: Partial<Pad>): Promise<void> => this.onPad((pad, all) => void Object.assign(pad, all), properties);
  /** Run a function in the document of an <iframe>, which may be of no origin at all. */
  async inFrame<R>(selector: string, fn: () => R): Promise<Awaited<R>> {
    const frame = await (await this.page.$(selector))?.contentFrame();
    return frame!.evaluate(fn);
  }

  /** The label of the first element's answer to all that is drawn, once it has one. */
  async predicted(): Promise<string> {
    await this.page.waitForFunction(() => document.querySelector("sketch-classifier")?.prediction);
    await this.nextFrame(); // the last move may wait for a frame,
    await this.nextFrame(); // and its answer for the next one
    return this.onPad((pad) => pad.prediction!.label);
  }
  /** Draw on the first element of the page once it has its model, and return the label of the answer. */
  async drawn(): Promise<string> {
    await this.loaded();
    await this.draw();
    return this.predicted();
  }
  /** Open a post, by default one with an element and nothing else, and draw on it: see `drawn`. */
  async answered(body = this.element(), post: Post = {}): Promise<string> {
    await this.post(body, post);
    return this.drawn();
  }

  /** Text in the first element's shadow root, as it is shown. */
  words = (part: string): Promise<string> =>
    this.page.$$eval(deep(part), ([one]) => (one as HTMLElement | undefined)?.innerText ?? "");
  override isShown(part: string): Promise<boolean> {
    return super.isShown(deep(part));
  }
  /** Wait until the page's listeners have heard this of an element. */
  hears = (name: string) => this.page.waitForFunction((name) => heard.includes(name), {}, name);
}
