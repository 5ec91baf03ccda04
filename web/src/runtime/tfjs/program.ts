// The interface between the engine and the parts of TensorFlow.js that it fetches.

export type Backend = "cpu" | "webgl" | "wasm";

/** A batch of one result. */
export interface Answer {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A model that TensorFlow.js has loaded on the backend that was current at the time. */
export interface Program {
  /** Shape of one example, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Submits all work before it returns, except for models with loops, which wait in between. */
  run(input: Float32Array): Promise<Answer>;
  readonly dispose: () => void;
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

/** What each file with a program exports. */
export interface ProgramModule {
  readonly tools: Tools;
  /**
   * @throws ModelError `unsupported`: a layer or operation that TensorFlow.js lacks; `integrity`: weights that are
   *   damaged or do not fit the model.
   */
  readonly open: (modelJson: unknown, data: Uint8Array) => Program;
}

/**
 * The most numbers that all layers may make together: 512 MiB of float32, more than a page can handle. ResNet152 makes
 * half as many.
 */
export const LARGEST = 2 ** 27;
