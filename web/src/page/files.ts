// The files that a version keeps beside its model, for the panels that tell about it: each is downloaded when a panel first
// asks for it, checked against the manifest, and kept as long as the model is.
import { headlessHost } from "../runtime/headless.ts";
import { downloadFile, parseJson } from "../runtime/download.ts";
import { fail, ModelError } from "../runtime/errors.ts";
import type { Fetch, Model } from "../runtime/types.ts";
import type { Records } from "./records.ts";

const kept = new WeakMap<Model, Map<string, Promise<Uint8Array>>>();
/** Addresses that failed once. A second try must not meet what the browser has kept of the first. */
const failed = new Set<string>();
const fetchAnew: Fetch = (url, init) => fetch(url, { ...init, cache: "reload" });

/** Whether the model's manifest lists such a file: a panel hides what it cannot show. */
export function hasFile({ manifest }: Model, name: string): boolean {
  return manifest.files?.[name] !== undefined;
}

/** Bytes of these files together, as the manifest lists them. */
export function bytesOf({ manifest }: Model, ...names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (manifest.files?.[name]?.bytes ?? 0), 0);
}

/**
 * @param name Key of the manifest's `files`: "evaluation", "history", "snapshots", "reference", …
 * @throws ModelError `manifest`: there is no such file; `network`; `integrity`: it is not the file that was published.
 */
export async function readFile(model: Model, name: string): Promise<Uint8Array> {
  const files = kept.get(model) ?? new Map<string, Promise<Uint8Array>>();
  kept.set(model, files);
  let content = files.get(name);
  if (!content) {
    const file = model.manifest.files?.[name] ?? fail("manifest", "The manifest must list the file", name);
    const url = new URL(file.path, model.url).href;
    const connection = {
      fetch: failed.has(url) ? fetchAnew : fetch,
      signal: new AbortController().signal,
      extras: headlessHost.extras,
    };
    content = downloadFile(url, file, connection, () => undefined);
    files.set(name, content);
    content.catch(() => {
      files.delete(name); // the next one who asks tries again
      failed.add(url);
    });
  }
  return content;
}

/** A file of JSON; its type is the pipeline's promise, which the pipeline's own tests keep. */
export async function readJson<Name extends keyof Records>(model: Model, name: Name): Promise<Records[Name]> {
  return parseJson(await readFile(model, name), name) as Records[Name];
}

/**
 * Images of the data set, from a gzip-compressed file of bytes: 0 for none, 255 for full ink.
 *
 * @param name Key of the manifest's `files`: "reference_images" or "mistake_images".
 * @returns One height × width picture of ink in 0..1 for each image; it enters at the manifest's `image` steps.
 * @throws ModelError as `readFile`, and `integrity`: it does not hold whole images; `unsupported`: this browser cannot
 *   unpack it, or the model does not look at images.
 */
export async function readImages(model: Model, name: string): Promise<readonly Float32Array[]> {
  const { image } = model.manifest.input;
  if (!image) return fail("unsupported", "The model must look at images", model.manifest.name);
  const bytes = await gunzip(await readFile(model, name), name);
  const size = image.height * image.width;
  if (bytes.length % size !== 0) fail("integrity", `${name} must hold images of ${size} bytes`, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, index) =>
    Float32Array.from(bytes.subarray(index * size, (index + 1) * size), (ink) => ink / 255),
  );
}

async function gunzip(packed: Uint8Array, name: string): Promise<Uint8Array> {
  // Missing in browsers from before 2023, whatever the types say.
  if (!("DecompressionStream" in globalThis)) {
    throw new ModelError(
      "unsupported",
      `${name} is compressed. Received: a browser that cannot unpack it. Use a newer one.`,
    );
  }
  try {
    const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    return fail("integrity", `${name} must be a gzip file`, error, error);
  }
}
