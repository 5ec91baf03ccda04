// Models that are no image classifiers: regression, several inputs and outputs, sequences, ids of
// words.
import type { Format, Manifest } from "../manifest.ts";

/** How a device answered the manifest's probes, inputs with Keras' answers. */
export interface Proof {
  /** TensorFlow.js' "cpu", "webgl" or "wasm", or "dense": an engine of our own. */
  readonly backend: string;
  /** Answers that are Keras', of so many. */
  readonly agreed: number;
  readonly count: number;
  /**
   * The backend from now on: another one if an answer differed; null if none is left, so that
   * `predict` rejects.
   */
  readonly next: string | null;
}

/** One input or output, as the manifest says. */
export interface TensorSpec {
  readonly name: string;
  /** Shape of one example, without the batch axis; null where any length is allowed. */
  readonly shape: readonly (number | null)[];
}

/**
 * Its values: a `Float32Array` for floats, an `Uint8Array` for booleans, a list where the type is
 * `string`, otherwise an `Int32Array`.
 */
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
 * An input: the numbers of one example, or of any number of them with the lengths of all axes as a
 * property `shape`, the batch first. That is needed too where more than one length is free.
 */
export type TensorInput = Values & { readonly shape?: readonly number[] };

/** Strings of one example, or of any number of them, one after the other. */
export type StringInput = readonly string[];

/**
 * An output, with the lengths of all its axes, the batch first. `labels` are the names of the most
 * probable classes, one for each example, null where those are NaN, if the model's labels name its
 * probabilities; where Keras gives strings, they are these, and the values are their places in the
 * vocabulary.
 */
export type TensorOutput = Values & {
  readonly shape: readonly number[];
  readonly labels?: readonly (string | null)[];
};

/** A model that is no image classifier, as `load` returns it. */
export interface TensorModel<Source = never> {
  readonly manifest: TensorManifest;
  /** Address of the version's manifest. */
  readonly url: string;
  /** The format that was downloaded. */
  readonly format: Format;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  /** As in Model. */
  readonly proof?: Proof;
  /**
   * ```js
   * const { price } = await model.predict({ rooms: Float32Array.of(3, 1, 52) });
   * ```
   *
   * @param tensors One for each input, by name. A model that takes nothing but strings is given
   * `["a text"]`, and one
   *   whose manifest has preprocessing a picture or its numbers.
   * @returns The outputs by name.
   * @throws ModelError `input`: one is missing, unknown, of another type or shape, or the model was
   * disposed of;
   *   `unsupported`: TensorFlow.js cannot compute it; `manifest`: a result is not of the shape that
   * it promises.
   */
  predict(
    tensors: Readonly<Record<string, TensorInput | StringInput>> | StringInput | Source,
  ): Promise<Record<string, TensorOutput>>;
  /**
   * The numbers that a model which takes strings computes with, by the names that its files have.
   * Else undefined.
   */
  readonly prepare?: (
    given: Readonly<Record<string, TensorInput | StringInput>> | StringInput,
  ) => Readonly<Record<string, TensorInput>>;
  /** Release the weights. From then on `predict` rejects. */
  dispose(): void;
}
