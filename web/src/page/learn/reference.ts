// Test images that the version carries, to see what a lesson does to all other drawings.
import { fail } from "../../runtime/errors.ts";
import { prepareImage } from "../../runtime/preprocess.ts";
import type { Model } from "../../runtime/types.ts";
import { readFile, readJson } from "../files.ts";
import { answerOf, scoresOf, type Weights } from "./sgd.ts";

export interface Example {
  /** The model's own input. */
  readonly input: Float32Array;
  readonly label: number;
}

/** What the page reads of reference.json. */
interface Reference {
  readonly height: number;
  readonly width: number;
  readonly images: readonly { readonly label: number }[];
}

/**
 * @throws ModelError `network`, `integrity`, `manifest`: the files cannot be had, or do not fit one another;
 *   `unsupported`: the browser cannot unpack them.
 */
export async function readExamples(model: Model): Promise<readonly Example[]> {
  const [reference, packed] = await Promise.all([
    readJson<Reference>(model, "reference"),
    readFile(model, "reference_images"),
  ]);
  const pixels = await unpack(packed);
  const { height, width, images } = reference;
  const size = height * width;
  if (pixels.length !== images.length * size) {
    fail("manifest", `reference_images must hold ${images.length} images of ${size} bytes`, pixels.length);
  }
  const steps = model.manifest.preprocess?.image ?? [];
  return images.map(({ label }, index) => {
    const ink = Float32Array.from(pixels.subarray(index * size, (index + 1) * size), (byte) => byte / 255);
    return { input: prepareImage(ink, height, width, steps), label };
  });
}

async function unpack(packed: Uint8Array): Promise<Uint8Array> {
  if (!("DecompressionStream" in globalThis)) {
    return fail("unsupported", "This needs a browser that can unpack gzip: use a newer one", "no DecompressionStream");
  }
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** How many examples of each class are answered rightly. */
export function rightOf(weights: Weights, examples: readonly Example[]): readonly number[] {
  const right = Array.from(weights.bias, () => 0);
  for (const { input, label } of examples) {
    if (answerOf(scoresOf(weights, input)) === label) right[label]! += 1;
  }
  return right;
}
