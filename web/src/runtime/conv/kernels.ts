// The sums of convolutions: by WebAssembly's SIMD (kernels.wat), and in JavaScript where a page's
// policy or the browser has none. Both add the same float32 terms in the same order, so that an
// answer does not depend on which it was.

/** kernels.wat, assembled, in base64: defined by scripts/wat.mjs. */
declare const KERNELS: string;

/** The runtime is compiled without the DOM's types, and Node's do not have this one. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ module: object }>;
  Instance: new (module: object) => { exports: unknown };
};
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly convolve: (...numbers: readonly number[]) => void;
  readonly pool: (...numbers: readonly number[]) => void;
}

/** Places and distances are counted in numbers. */
export interface Convolution {
  /** Places of the padded input, and of the results: pixel by pixel, `channels` apart. */
  readonly input: number;
  readonly output: number;
  /**
   * Place of the weights. For each four channels in turn: for each term four weights, then four
   * biases. Channels that the layer does not have are 0.
   */
  readonly weights: number;
  /** Size of the results. */
  readonly rows: number;
  readonly columns: number;
  /** From the input of one result to that of the next. */
  readonly rowStep: number;
  readonly columnStep: number;
  /** The kernel reads `kernelRows` × `kernelColumns` runs of `run` numbers, so far apart. */
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly kernelRow: number;
  readonly kernelColumn: number;
  readonly run: number;
  /** Channels of each result, a multiple of four. */
  readonly channels: number;
  /** Range to which the results are cut. */
  readonly least: number;
  readonly most: number;
}

/**
 * The largest number of each window, all within the input, for each channel. Places and distances
 * as above.
 */
export interface Pooling {
  readonly input: number;
  readonly output: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
  readonly windowRows: number;
  readonly windowColumns: number;
  /** From a row of a window to the next one. */
  readonly windowRow: number;
  readonly channels: number;
}

/**
 * Results of pixels that are computed together; what follows the last one of a row is overwritten
 * by the next row.
 */
export const TOGETHER = 4;

/** Memory for the numbers of one model, and what computes there. */
export interface Kernels {
  readonly memory: Float32Array;
  readonly convolve: (convolution: Convolution) => void;
  readonly pool: (pooling: Pooling) => void;
}
/** @param size Numbers that the memory must hold. */
export type OpenKernels = (size: number) => Kernels;

const PAGE = 2 ** 16; // bytes, by WebAssembly's definition
const BYTES = 4;

let compiled: Promise<object | null> | undefined;

/**
 * Null where the page's policy lacks 'wasm-unsafe-eval', or the browser SIMD. Once for all models
 * of a page.
 */
export const compile = (): Promise<object | null> =>
  (compiled ??= (async () => {
    try {
      const bytes = Uint8Array.from(atob(KERNELS), (letter) => letter.charCodeAt(0));
      return (await WebAssembly.instantiate(bytes)).module;
    } catch {
      return null;
    }
  })());

export const plainKernels: OpenKernels = (size) => {
  const memory = new Float32Array(size);
  return {
    memory,
    convolve(of) {
      let weights = of.weights;
      for (let channel = 0; channel < of.channels; channel += 4) {
        for (let row = 0; row < of.rows; row++) convolveRow(memory, of, weights, channel, row);
        weights += 4 * (of.kernelRows * of.kernelColumns * of.run + 1);
      }
    },
    pool(of) {
      let out = of.output;
      for (let row = 0; row < of.rows; row++) {
        for (let column = 0; column < of.columns; column++) {
          const at = of.input + row * of.rowStep + column * of.columnStep;
          for (let channel = 0; channel < of.channels; channel++)
            memory[out++] = largestOf(memory, of, at + channel);
        }
      }
    },
  };
};

export const wasmKernels =
  (module: object): OpenKernels =>
  (size) => {
    let exports;
    try {
      exports = new WebAssembly.Instance(module).exports as Exports;
      exports.memory.grow(Math.ceil((size * BYTES) / PAGE));
    } catch {
      return plainKernels(size); // a page may have so many memories, and not more
    }
    const { memory, convolve, pool } = exports;
    return {
      memory: new Float32Array(memory.buffer),
      convolve(of) {
        convolve(
          of.input * BYTES,
          of.weights * BYTES,
          of.output * BYTES,
          of.rows,
          of.columns,
          of.rowStep * BYTES,
          of.columnStep * BYTES,
          of.kernelRows,
          of.kernelColumns,
          of.kernelRow * BYTES,
          of.kernelColumn * BYTES,
          of.run * BYTES,
          of.channels * BYTES,
          of.least,
          of.most,
        );
      },
      pool(of) {
        pool(
          of.input * BYTES,
          of.output * BYTES,
          of.rows,
          of.columns,
          of.rowStep * BYTES,
          of.columnStep * BYTES,
          of.windowRows,
          of.windowColumns,
          of.windowRow * BYTES,
          of.channels * BYTES,
        );
      },
    };
  };

function largestOf(memory: Float32Array, of: Pooling, start: number): number {
  let most = -Infinity;
  for (let i = 0; i < of.windowRows; i++) {
    for (let j = 0; j < of.windowColumns; j++) {
      const value = memory[start + i * of.windowRow + j * of.channels]!;
      if (value > most) most = value;
    }
  }
  return most;
}

/** One row of results, of four channels. */
function convolveRow(
  memory: Float32Array,
  of: Convolution,
  weights: number,
  channel: number,
  row: number,
): void {
  const {
    columns,
    columnStep,
    kernelRows,
    kernelColumns,
    kernelRow,
    kernelColumn,
    run,
    channels,
    least,
    most,
  } = of;
  const { fround, max, min } = Math;
  const clamp = (sum: number): number => min(max(sum, least), most);
  let pixel = of.input + row * of.rowStep;
  let out = of.output + row * columns * channels + channel;
  for (let column = 0; column < columns; column++) {
    let at = weights;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < kernelRows; i++) {
      for (let j = 0; j < kernelColumns; j++) {
        const start = pixel + i * kernelRow + j * kernelColumn;
        for (let k = start; k < start + run; k++, at += 4) {
          const value = memory[k]!;
          // most of a drawing is empty; exact, because every weight is finite
          if (value === 0) continue;
          a = fround(a + fround(value * memory[at]!));
          b = fround(b + fround(value * memory[at + 1]!));
          c = fround(c + fround(value * memory[at + 2]!));
          d = fround(d + fround(value * memory[at + 3]!));
        }
      }
    }
    memory[out] = clamp(fround(a + memory[at]!));
    memory[out + 1] = clamp(fround(b + memory[at + 1]!));
    memory[out + 2] = clamp(fround(c + memory[at + 2]!));
    memory[out + 3] = clamp(fround(d + memory[at + 3]!));
    pixel += columnStep;
    out += channels;
  }
}
