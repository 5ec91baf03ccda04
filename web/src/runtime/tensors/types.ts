// Models that are no image classifiers: regression, several inputs and outputs, sequences, ids of words.
import type { Format, Manifest } from "../manifest.ts";

/** One input or output, as the manifest says. */
export interface TensorSpec {
  readonly name: string;
  /** Shape of one example, without the batch axis; null where any length is allowed. */
  readonly shape: readonly (number | null)[];
}

/** Its values: a `Float32Array` for floats, an `Uint8Array` for booleans, otherwise an `Int32Array`. */
export interface InputSpec extends TensorSpec {
  readonly dtype: string;
}

export interface OutputSpec extends TensorSpec {
  readonly kind: "probabilities" | "values";
}

/** The manifest of such a model: several inputs or outputs are lists, and labels may be missing. */
export type TensorManifest = Omit<Manifest, "labels" | "input" | "output"> & {
  readonly labels: readonly string[] | null;
  readonly input: InputSpec | readonly InputSpec[];
  readonly output: OutputSpec | readonly OutputSpec[];
};

type Values = Float32Array | Int32Array | Uint8Array;

/**
 * An input: the numbers of one example, or of any number of them with the lengths of all axes as a property `shape`, the
 * batch first. That is needed too where more than one length is free.
 */
export type TensorInput = Values & { readonly shape?: readonly number[] };

/** An output, with the lengths of all its axes, the batch first. */
export type TensorOutput = Values & { readonly shape: readonly number[] };

/** A model that is no image classifier, as `load` returns it. */
export interface TensorModel {
  readonly manifest: TensorManifest;
  /** Address of the version's manifest. */
  readonly url: string;
  /** The format that was downloaded. */
  readonly format: Format;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  /**
   * ```js
   * const { price } = await model.predict({ rooms: Float32Array.of(3, 1, 52) });
   * ```
   *
   * @param tensors One for each input, by name.
   * @returns The outputs by name.
   * @throws ModelError `input`: one is missing, unknown, of another type or shape, or the model was disposed of;
   *   `unsupported`: TensorFlow.js cannot compute it; `manifest`: a result is not of the shape that it promises.
   */
  predict(tensors: Readonly<Record<string, TensorInput>>): Promise<Record<string, TensorOutput>>;
  /** Release the weights. From then on `predict` rejects. */
  dispose(): void;
}
