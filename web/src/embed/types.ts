// The types that both published modules, load.js and embed.js, speak of.
import type { LoadOptions, Model as RuntimeModel } from "../runtime/types.ts";
import type { Drawing } from "./pixels.ts";

export type { ModelErrorCode } from "../runtime/errors.ts";
export type { FileDigest, Format, Manifest } from "../runtime/manifest.ts";
export type {
  BlankPrediction,
  Explanation,
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
 * `address` is that of a `latest.json` or of a version's `manifest.json`; relative ones start at the page. It rejects with a
 * ModelError of any code, or with what `onProgress` throws, as it is.
 */
export type Load = (address: string | URL, options?: LoadOptions) => Promise<Model>;
