// The example model of this repository, with the exact weights that its stored mistakes belong to,
// and its test images.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { headlessHost } from "../runtime/headless.ts";
import { load } from "../runtime/load.ts";
import type { Fetch, Model } from "../runtime/types.ts";

const FOLDER = new URL("../../../exported_models/example/mnist-softmax/", import.meta.url);

const fetchFile: Fetch = async (url) => new Response(await readFile(new URL(url)));

export const exampleModel = (): Promise<Model> =>
  load(
    new URL("latest.json", FOLDER),
    { fetch: fetchFile, format: "layers-float32" },
    headlessHost,
  );

/** A test image in 0..1, and what is written there. */
export interface Labelled {
  readonly picture: Float32Array;
  readonly label: number;
}

/**
 * The test images of which the version keeps the pixels: examples, or all that the model reads
 * wrongly.
 */
export async function exampleImages(
  model: Model,
  which: "reference" | "mistakes",
): Promise<readonly Labelled[]> {
  const { reference, reference_images, evaluation, mistake_images } = model.manifest.files as Files;
  const [list, images] =
    which === "reference" ? [reference, reference_images] : [evaluation, mistake_images];
  const read = (file: { readonly path: string }) => readFile(new URL(file.path, model.url));
  const json = JSON.parse((await read(list)).toString()) as Record<
    "images" | "mistakes",
    { label: number }[]
  >;
  const bytes = gunzipSync(await read(images));
  const size = model.manifest.input.image!.height * model.manifest.input.image!.width;
  const kept = (which === "reference" ? json.images : json.mistakes).slice(0, bytes.length / size);
  return kept.map(({ label }, index) => ({
    picture: Float32Array.from(
      bytes.subarray(index * size, (index + 1) * size),
      (ink) => ink / 255,
    ),
    label,
  }));
}

type Files = Readonly<
  Record<
    "reference" | "reference_images" | "evaluation" | "mistake_images",
    { readonly path: string }
  >
>;
