// The files that a version keeps beside its model, for the panels that tell about it: each is downloaded when a panel first
// asks for it, checked against the manifest, and kept as long as the model is.
import { downloadFile, parseJson } from "../runtime/download.ts";
import { fail } from "../runtime/errors.ts";
import type { Fetch, Model } from "../runtime/types.ts";

const kept = new WeakMap<Model, Map<string, Promise<Uint8Array>>>();
/** Addresses that failed once. A second try must not meet what the browser has kept of the first. */
const failed = new Set<string>();
const fetchAnew: Fetch = (url, init) => fetch(url, { ...init, cache: "reload" });

/** Whether the model's manifest lists such a file: a panel hides what it cannot show. */
export function hasFile({ manifest }: Model, name: string): boolean {
  return manifest.files?.[name] !== undefined;
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
    const connection = { fetch: failed.has(url) ? fetchAnew : fetch, signal: new AbortController().signal };
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
export async function readJson<T>(model: Model, name: string): Promise<T> {
  return parseJson(await readFile(model, name), name) as T;
}
