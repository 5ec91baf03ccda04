// A published site in a folder: what it keeps of a model, a copy with more models, and the snippets
// that it prints.
import { hash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PinnedModules } from "../page/use/pinned.ts";
import { placeOf, snippetsOf } from "../page/use/snippets.ts";
import { parseManifest, type Manifest } from "../runtime/manifest.ts";
import { kerasModel } from "./keras-models.ts";
import { denseModel, type DenseSpec } from "./layers-model.ts";
import { filesOf, manifestOf, publish, ROOT } from "./published.ts";
import { temporary } from "./temporary.ts";

/**
 * A model that Keras made for tests/fixtures, of 10 × 10 pixels and three classes, or the labels of
 * one with random weights.
 */
type Kind = string | readonly string[];
export type Models = Readonly<Record<string, Kind>>;

const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Path of a file of a model's current version, in the site's folder. */
function pathOf(site: string, name: string, file: string): string {
  const { version } = json(join(site, "models", name, "latest.json")) as { version: string };
  return join("models", name, version, file);
}

/** A JSON file of a model's current version: of the schemas in web/src/runtime/schema.ts. */
export const readPublished = (site: string, name: string, file: string): unknown =>
  json(join(site, pathOf(site, name, file)));

/** A manifest as the pipeline writes it, with all that it may leave out. */
export const readManifest = (site: string, name: string) =>
  readPublished(site, name, "manifest.json") as Known<Manifest>;
type Known<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

/** Write into a folder what `publish` has made for it. */
export function write(folder: string, published: ReadonlyMap<string, Uint8Array>): void {
  for (const [url, content] of published) {
    const path = join(folder, url.slice(ROOT.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** Offer a model on a site; one with random weights takes 28 × 28 pixels. */
export function addModel(
  site: string,
  name: string,
  kind: Kind,
  layers: readonly DenseSpec[] = [{ units: kind.length, activation: "softmax" }],
): void {
  const isRandom = typeof kind !== "string";
  const model = isRandom ? { ...denseModel(784, layers), route: "layers" } : kerasModel(kind);
  const size = isRandom ? { height: 28, width: 28 } : { height: 10, width: 10 };
  const formats = [{ id: `${model.route}-float32`, files: filesOf(model) }];
  const manifest = manifestOf(formats, 0, isRandom ? kind : ["a", "b", "c"], {
    name,
    linear: isRandom && layers.length === 1,
    input: { shape: isRandom ? [784] : [10, 10, 1], image: { ...size, channels: 1 } },
    preprocess: {
      drawing: [
        { step: "ink" },
        { step: "fit", box: isRandom ? 20 : 7 },
        { step: "center", ...size },
      ],
      image: isRandom ? [{ step: "deskew" }, { step: "flatten" }] : [{ step: "channel" }],
    },
  });
  write(join(site, "models", name), publish(manifest, formats));
  const index = join(site, "models/index.json");
  const { models, ...more } = json(index) as { models: object[] };
  models.push({ name, path: `${name}/latest.json`, title: `The ${name}` });
  writeFileSync(index, JSON.stringify({ models, ...more }));
}

/** A copy of a site that offers more models, and what `furnish` adds. */
export async function copyOf(
  site: string,
  models: Models,
  furnish?: (copy: string) => unknown,
): Promise<string> {
  const copy = await temporary();
  cpSync(site, copy, { recursive: true });
  for (const [name, kind] of Object.entries(models)) addModel(copy, name, kind);
  await furnish?.(copy);
  return copy;
}

/**
 * A snippet of embed.html as the site in a folder, at an address, prints it over https for a model.
 */
export function snippetOf(
  { folder, url }: Readonly<Record<"folder" | "url", string>>,
  title: string,
  name: string,
) {
  const path = pathOf(folder, name, "manifest.json");
  const [address, file] = [url + path, join(folder, path)];
  const manifest = parseManifest(json(file), address);
  const integrity = `sha384-${hash("sha384", readFileSync(file), "base64")}`;
  const place = placeOf(
    manifest,
    url,
    address,
    integrity,
    json(join(folder, "integrity.json")) as PinnedModules,
  );
  // a model need not have it
  const code = snippetsOf(place).find((one) => one.title === title)?.code ?? "";
  return { code, manifest, address };
}
