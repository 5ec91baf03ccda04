// The published module, embed.js. Importing it does nothing: it runs in a page, in a worker and in Node.
import { load as loadModel } from "../runtime/load.ts";
import type { LoadOptions, Model as RuntimeModel } from "../runtime/types.ts";
import { toPixels, type Drawing } from "./pixels.ts";

export { ModelError, type ModelErrorCode } from "../runtime/errors.ts";
export type { Manifest } from "../runtime/manifest.ts";
export type {
  BlankPrediction,
  Fetch,
  LinearWeights,
  LoadOptions,
  Pixels,
  Prediction,
  Progress,
} from "../runtime/types.ts";
export type { Drawing };

/** A loaded model; `predict` takes any `Drawing`, RGBA pixels, or numbers of the model's own input shape. */
export type Model = RuntimeModel<Drawing>;

/**
 * Load a published model.
 *
 * ```js
 * const model = await load("models/mnist-softmax/latest.json");
 * const { label, probabilities } = await model.predict(canvas);
 * ```
 *
 * @param address Of a `latest.json` or of a version's `manifest.json`; relative ones start at the page.
 * @throws ModelError with any code.
 */
export function load(address: string | URL, options: LoadOptions = {}): Promise<Model> {
  return loadModel(address, options, { base: pageAddress(), toPixels });
}

function pageAddress(): string | undefined {
  const { document, location } = globalThis as { document?: Document; location?: Location };
  return document?.baseURI ?? location?.href;
}
