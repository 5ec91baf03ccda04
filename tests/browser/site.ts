// Sites for tests: the built modules, and models that are quickly made.
import { hash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { placeOf, SNIPPETS } from "../../web/src/page/use/snippets.ts";
import { parseManifest } from "../../web/src/runtime/manifest.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "../../web/src/testing/published.ts";
import { SITE } from "./scenario.ts";
import { serve, type Host } from "./server.ts";

type Kind = Parameters<typeof kerasModel>[0] | readonly string[];

/** The built modules. */
export const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");

/** The examples of embed.html. */
export const EXAMPLES = join(import.meta.dirname, "../../web/src/docs/examples");
/** One of them as the page of a site prints it, whose model is called “digits”. */
export const printed = (code: string, site: string): string =>
  code.trim().replaceAll("https://example.org/site/", site).replaceAll("mnist-softmax", "digits");

/** A folder that is removed when all tests are done. */
export const temporary = (): Promise<string> => mkdtemp(join(inject("temporary"), "site-"));

/** Settings of scenarios on a site that is made once. */
export function on(make: () => Promise<string>) {
  let made: Promise<string> | undefined;
  return { host: async () => serve(await (made ??= make())) };
}

type Models = Readonly<Record<string, Kind>>;

/** A copy of the published site that offers more models. */
export async function copyOfSite(models: Models = {}): Promise<string> {
  const site = await temporary();
  await cp(SITE, site, { recursive: true });
  for (const [name, kind] of Object.entries(models)) await addModel(site, name, kind);
  return site;
}

/**
 * The built modules, these models, and “digits” with random weights: what is tested does not depend on what it has learnt.
 * Its page has load(), and part() for a module.
 */
export async function makeSite(models: Models = {}): Promise<string> {
  const site = await temporary();
  await cp(BUILT, site, { recursive: true, filter: (path) => !/(index\.html|sw\.js)$/.test(path) }); // these need more of a model
  const all = { digits: Array.from("0123456789"), ...models };
  for (const [name, kind] of Object.entries(all)) await addModel(site, name, kind);
  const script = 'import { load } from "./embed.js"; Object.assign(globalThis, { load, part: (url) => import(url) });';
  await writePost(site, script);
  return site;
}

/** A page that runs a script; `head` stands before it. */
export async function writePost(folder: string, script: string, head = ""): Promise<void> {
  await writeFile(join(folder, "blog.js"), script);
  await writeFile(
    join(folder, "index.html"),
    `<!doctype html><html lang="en"><head><title>A post</title><link rel="icon" href="data:,">${head}
     <script type="module" src="blog.js"></script></head></html>`,
  );
}

/**
 * Offer a model on a site: one that Keras made for tests/fixtures, of 10 × 10 pixels and three classes, or one with random
 * weights, of 28 × 28 pixels and these classes, with several rows for each, whose shares it adds up, or one.
 */
export async function addModel(site: string, name: string, kind: Kind, { useBias = true, styles = 1 } = {}) {
  const model =
    typeof kind === "string"
      ? { ...kerasModel(kind), labels: ["a", "b", "c"], side: 10, shape: [10, 10, 1], image: [{ step: "channel" }] }
      : {
          ...denseModel(784, [
            { units: styles * kind.length, activation: "softmax", useBias },
            ...(styles > 1 ? [{ units: kind.length, adds: true }] : []),
          ]),
          ...{
            route: "layers",
            labels: kind,
            side: 28,
            shape: [784],
            image: [{ step: "deskew" }, { step: "flatten" }],
          },
        };
  const { labels, side, shape, image } = model;
  const [formats, size] = [[{ id: `${model.route}-float32`, files: filesOf(model) }], { height: side, width: side }];
  const drawing = [{ step: "ink" }, { step: "fit", box: Math.round((20 / 28) * side) }, { step: "center", ...size }];
  const input = { shape, image: { ...size, channels: 1 } };
  const linear = typeof kind !== "string" && styles === 1;
  const manifest = manifestOf(formats, 0, labels, { name, linear, input, preprocess: { drawing, image } });
  for (const [url, content] of publish(manifest, formats)) {
    const path = join(site, "models", name, url.slice(ROOT.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const path = join(site, "models/index.json");
  const index = JSON.parse(await readFile(path, "utf8").catch(() => '{ "models": [] }')) as { models: object[] };
  index.models.push({ name, path: `${name}/latest.json`, title: `The ${name}` });
  await writeFile(path, JSON.stringify(index));
}

/** A snippet of embed.html as that site prints it over https, for a version's folder. */
export async function snippetOf({ folder, url }: Host, title: string, version: string) {
  const read = async (path: string) => JSON.parse(await readFile(join(folder, path), "utf8")) as unknown;
  const path = `${version}/manifest.json`;
  const manifest = parseManifest(await read(path), url + path);
  const integrity = `sha384-${hash("sha384", await readFile(join(folder, path)), "base64")}`;
  const place = placeOf(manifest, url, url + path, integrity, (await read("integrity.json")) as PinnedModules);
  const code = SNIPPETS.find((one) => one.title === title)?.code(place) ?? ""; // a model need not have it
  return { code, manifest, address: url + path };
}
