// The types that load.js and embed.js have in common.
import type { LoadOptions, Model as RuntimeModel, Pixels } from "../runtime/types.ts";
import type { TensorModel as RuntimeTensorModel } from "../runtime/tensors/types.ts";
import type { Drawing } from "./pixels.ts";

export type { ModelErrorCode } from "../runtime/errors.ts";
export type { FileDigest, Format, Manifest } from "../runtime/manifest.ts";
export type {
  BlankPrediction,
  Explanation,
  Familiarity,
  Fetch,
  Judgement,
  LinearWeights,
  LoadOptions,
  Pixels,
  Prediction,
  Progress,
  Proof,
} from "../runtime/types.ts";
export type {
  InputSpec,
  OutputSpec,
  StringInput,
  TensorInput,
  TensorManifest,
  TensorOutput,
  TensorSpec,
} from "../runtime/tensors/types.ts";
export type { Drawing };

/**
 * A loaded model. `predict` takes any `Drawing`, RGBA pixels, or numbers in the model's input
 * shape.
 */
export type Model = RuntimeModel<Drawing>;

export type TensorModel = RuntimeTensorModel<Drawing | Pixels>;

/**
 * Load a published model.
 *
 * ```js
 * const model = await load("models/mnist-softmax/latest.json");
 * const { label, probabilities } = await model.predict(canvas);
 * ```
 *
 * A model that is no image classifier, such as a regression or one of several inputs, is given
 * tensors by name: `load<TensorModel>(…)`, see TensorModel.
 *
 * `address` is the URL of a `latest.json` or of a version's `manifest.json`, relative to the page.
 * Rejects with a ModelError of any code, or with whatever `onProgress` throws.
 */
export type Load = <Loaded extends Model | TensorModel = Model>(
  address: string | URL,
  options?: LoadOptions,
) => Promise<Loaded>;
