// What the engine knows of TensorFlow.js: it is fetched in parts, and these are the seams.

export type Backend = "cpu" | "webgl" | "wasm";

/** A batch of one result. */
export interface Answer {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A model that TensorFlow.js has loaded on the backend that was in use. */
export interface Program {
  /** Shape of one example, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Issues all work before it returns, unless the model has loops: those wait in between. */
  run(input: Float32Array): Promise<Answer>;
  readonly dispose: () => void;
}

export interface Tools {
  /** @throws Error where there is no such backend. */
  readonly start: (backend: Backend) => Promise<void>;
  readonly use: (backend: Backend) => void;
  /** False once the GPU's answers cannot be trusted. True elsewhere. */
  readonly gpuIsReliable: () => boolean;
  /** Tensors alive, of all models. */
  readonly tensors: () => number;
}

/** What each file with a program exports. */
export interface ProgramModule {
  readonly tools: Tools;
  /**
   * @throws ModelError `unsupported`: a layer or operation that TensorFlow.js lacks; `integrity`: weights that are damaged or do
   *   not fit the model.
   */
  readonly open: (modelJson: unknown, data: Uint8Array) => Program;
}

/** Numbers in one tensor, input or output of any layer: 512 MiB of float32, beyond which a page cannot work. */
export const LARGEST = 2 ** 27;
