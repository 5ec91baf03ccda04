// The files of a version beside its model, which the panels show. Each is downloaded when a panel
// first asks for it, checked against the manifest, and kept as long as the model.
import { headlessHost } from "../runtime/headless.ts";
import { downloadFile, parseJson } from "../runtime/download.ts";
import { fail } from "../runtime/errors.ts";
import type { Model } from "../runtime/types.ts";
import { gunzip } from "./gunzip.ts";
import type { Evaluation, Familiarity, History, Reference } from "../runtime/schema.ts";

/** The contents of the JSON files that panels read. */
interface Records {
  readonly evaluation: Evaluation;
  readonly history: History;
  readonly reference: Reference;
  readonly familiar: Familiarity;
}

const kept = new WeakMap<Model, Map<string, Promise<Uint8Array>>>();

/** True if the manifest lists the file. Panels hide what they cannot show. */
export function hasFile({ manifest }: Model, name: string): boolean {
  return manifest.files?.[name] !== undefined;
}

/** True if the version includes reference images. */
export const hasTestImages = (model: Model): boolean =>
  hasFile(model, "reference") &&
  hasFile(model, "reference_images") &&
  Boolean(model.manifest.input.image);

/**
 * True if the version was published without pictures of its data: it has an evaluation on test
 * images, but none of them.
 */
export const withholdsImages = ({ manifest: { files, input } }: Model): boolean =>
  input.image !== null &&
  files?.["evaluation"] !== undefined &&
  files["reference_images"] === undefined;

/** Total size of these files in bytes, according to the manifest. */
export function bytesOf({ manifest }: Model, ...names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (manifest.files?.[name]?.bytes ?? 0), 0);
}

/**
 * @param name Key of the manifest's `files`: "evaluation", "history", "film", "reference", …
 * @throws ModelError `manifest`: there is no such file; `network`; `integrity`: it differs from the
 * published file.
 */
export async function readFile(model: Model, name: string): Promise<Uint8Array> {
  const files = kept.get(model) ?? new Map<string, Promise<Uint8Array>>();
  kept.set(model, files);
  let content = files.get(name);
  if (!content) {
    const file =
      model.manifest.files?.[name] ?? fail("manifest", "The manifest must list the file", name);
    const url = new URL(file.path, model.url).href;
    const connection = {
      fetch,
      signal: new AbortController().signal,
      extras: headlessHost.extras,
    };
    content = downloadFile(url, file, connection, () => undefined);
    files.set(name, content);
    content.catch(() => {
      files.delete(name); // the next request tries again
    });
  }
  return content;
}

/** Read a JSON file. Its type is not checked here: the pipeline's tests guarantee it. */
export async function readJson<Name extends keyof Records>(
  model: Model,
  name: Name,
): Promise<Records[Name]> {
  return parseJson(await readFile(model, name), name) as Records[Name];
}

/**
 * Read images of the data set from a gzip-compressed file of bytes: 0 for no ink, 255 for full ink;
 * in color three a pixel.
 *
 * @param name Key of the manifest's `files`: "reference_images" or "mistake_images".
 * @returns For each image height × width × channels values in 0..1, ready for the manifest's
 * `image` steps.
 * @throws ModelError as `readFile`, and `integrity`: it does not contain whole images;
 * `unsupported`: the
 *   model does not read images.
 */
export async function readImages(model: Model, name: string): Promise<readonly Float32Array[]> {
  const { image } = model.manifest.input;
  if (!image) return fail("unsupported", "The model must read images", model.manifest.name);
  const bytes = await gunzip(await readFile(model, name), name);
  const size = image.height * image.width * image.channels;
  if (bytes.length % size !== 0)
    fail("integrity", `${name} must contain images of ${size} bytes`, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, index) =>
    Float32Array.from(bytes.subarray(index * size, (index + 1) * size), (ink) => ink / 255),
  );
}
