// The interface between the engine and the parts of TensorFlow.js that it fetches.

export type Backend = "cpu" | "webgl" | "wasm";

/** Numbers of a tensor: floats, integers, or a byte for each boolean. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** Numbers, and the lengths of their axes, the batch first. */
export interface Batch {
  readonly shape: readonly number[];
  readonly values: Numbers;
}

/** An input or an output, as far as the files say. */
export interface Port {
  readonly name: string;
  /** The batch first; null where any length is allowed. */
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string;
}

/** A model that TensorFlow.js has loaded on the backend that was current at the time. */
export interface Program {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * Submits all work before it returns, except for models with loops, which wait in between.
   *
   * @param batches In the order of `inputs`, of any type.
   * @returns In the order of `outputs`; the arrays belong to the caller.
   */
  run(batches: readonly Batch[]): Promise<readonly Batch[]>;
  readonly dispose: () => void;
}

/** Runs one model on the CPU, and where that is slow on a faster backend. */
export interface Runner {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Where the next prediction will run. */
  readonly backend: Backend | "webgpu";
  /** Stop using it; false if it is the CPU. */
  readonly reject: () => boolean;
  /**
   * @param batches One for each input. They are kept for a while: they must not change.
   * @throws ModelError `input`: it was disposed of; `unsupported`: TensorFlow.js cannot run it.
   */
  run(batches: readonly Batch[]): Promise<readonly Batch[]>;
  dispose(): void;
}

export interface Tools {
  /** @throws Error if there is no such backend. */
  readonly start: (backend: Backend) => Promise<void>;
  readonly use: (backend: Backend) => void;
  /** False once the GPU's answers cannot be trusted; true on other backends. */
  readonly gpuIsReliable: () => boolean;
  /** Number of tensors alive, of all models. */
  readonly tensors: () => number;
}

/** The exports of each file with a program. */
export interface ProgramModule {
  readonly tools: Tools;
  /**
   * @param free True to allow several inputs and outputs and free lengths. Without it, a model has
   * one of each,
   *   and takes examples of a fixed size, as many at a time as it likes.
   * @throws ModelError `unsupported`: a layer or operation that TensorFlow.js lacks; `integrity`:
   * weights that are
   *   damaged or do not fit the model.
   */
  readonly open: (modelJson: unknown, data: Uint8Array, free?: boolean) => Program;
}

/**
 * The most numbers that all layers may make together: 512 MiB of float32, more than a page can
 * handle. ResNet152 makes half as many.
 */
export const LARGEST = 2 ** 27;
