// Posts of a blog; and a blog of another origin than the site that they embed, as strict as blogs get: where the element is tested.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewport } from "puppeteer-core";
import type { load as Load, SketchClassifierElement as Pad } from "../../web/src/embed/embed.ts";
import { snippetOf } from "../../web/src/testing/site.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import { deep, makeSite, Stage, type Models } from "./scenario.ts";
import { serve, type Host } from "./server.ts";

export type { Pad };

/** Paths of the site's model of random weights: what is tested does not depend on what it has learnt. */
export const VERSION = "models/digits/0123456789ab";
export const WEIGHTS = `${VERSION}/layers-float32/group1-shard1of1.bin`;
/** Every window is as wide as WebKitGTK's can be. */
export const WINDOW: Viewport = { width: 800, height: 900 };

const LISTENERS = readFileSync(join(import.meta.dirname, "hosts/blog.js"), "utf8");

/** Content security policy of a blog that embeds from one other place, with the style of snippets; `more` is allowed besides. */
export const policyFor = (site: string, more = ""): string =>
  `default-src 'none'; script-src 'self' ${site}; connect-src ${site}; style-src 'self'; style-src-attr 'unsafe-inline'${more}`;

declare global {
  /** Put there by pages of tests, as by this script. */
  var load: typeof Load;
}
export const LOADING = 'import { load } from "./embed.js"; Object.assign(globalThis, { load });';
export const MODULE = '<link rel="icon" href="data:,"><script type="module" src="blog.js"></script>';

/** A page of a blog, with a script that a module runs by default; or a page as it is. */
export async function writePost(folder: string, script: string, head = MODULE, body = "", html = 'lang="en"') {
  const page = `<!doctype html><html ${html}><head><title>A post</title><meta name="viewport" content="width=device-width">
    ${head}</head><body>${body}</body></html>`;
  await writeFile(join(folder, "blog.js"), script);
  await writeFile(join(folder, "index.html"), body.startsWith("<!doctype") ? body : page);
}
/** An example of embed.html as the page of a site prints it. */
export const printed = (code: string, site: string) => code.trim().replaceAll("https://example.org/site/", site);

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
  protected override readonly root = deep("");

  /** @param furnish Adds to the site, which has more models. */
  constructor(models: Models = {}, furnish?: (site: string) => unknown) {
    super(() => makeSite({ digits: Array.from("0123456789"), ...models }, furnish));
  }
  override async begin(): Promise<void> {
    await super.begin();
    this.site = this.host;
    this.host = await serve(await temporary(), policyFor(this.site.origin));
  }

  src = (name = "digits"): string => `${this.site.url}models/${name}/latest.json`;
  element = (attributes = "", content = ""): string =>
    `<sketch-classifier src="${this.src()}" ${attributes}>${content}</sketch-classifier>`;
  /** A snippet of the site's embed.html. */
  snippet = (title: string, model = "digits"): string => snippetOf(this.site, title, model).code;
  /** How often the site was asked for a file. */
  requestsOf = (path: string): number => this.site.asked.filter((asked) => asked === path).length;
  write = (name: string, content: string): Promise<void> => writeFile(join(this.host.folder, name), content);

  /** Open a post, or a whole page, which may bring in blog.css and should bring in blog.js. */
  async post(body: string, { html, css = "", script = "", size = WINDOW, policy, head }: Post = {}) {
    if (policy) this.host.policy = policy;
    head ??= `<script type="module" src="${this.site.url}embed.js"></script>`;
    head = `<link rel="stylesheet" href="blog.css"><script src="blog.js"></script>${head}`;
    await writePost(this.host.folder, LISTENERS + script, head, body, html);
    await this.write("blog.css", css);
    await this.page.setViewport(size);
    await this.page.goto(this.host.url);
  }

  /** Every element, or all that the selector finds, has its model. */
  loaded = (selector = "sketch-classifier") =>
    this.until((selector) => {
      const pads = [...document.querySelectorAll<Pad>(selector)];
      return pads.length > 0 && pads.every(({ model }) => model);
    }, selector);
  /** Run a function on the first element of the page. */
  onPad<R, A extends unknown[]>(act: (pad: Pad, ...given: A) => R, ...given: A): Promise<Awaited<R>> {
    return this.page.$eval("sketch-classifier", act as never, ...given);
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
    await this.until(() => document.querySelector("sketch-classifier")?.prediction?.label);
    await this.nextFrame(); // the last move may wait for a frame,
    await this.nextFrame(); // and its answer for the next one
    return this.onPad((pad) => pad.prediction!.label);
  }
  /** Open a post, if one is given; draw on the first element once it has its model, and return the label of the answer. */
  async drawn(body = "", post?: Post): Promise<string> {
    if (body) await this.post(body, post);
    await this.loaded();
    await this.draw();
    return this.predicted();
  }
  /** Wait until the page's listeners have heard this of an element. */
  hears = (name: string) => this.until((name) => heard.includes(name), name);
}
