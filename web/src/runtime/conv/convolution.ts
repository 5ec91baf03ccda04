// One convolution: its weights and its input laid out for the kernels.
import {
  TOGETHER,
  type Convolution,
  type Kernels,
  type OpenKernels,
  type Pooling,
} from "./kernels.ts";
import type { Image, Sliding } from "./windows.ts";
import type { Step } from "../dense/engine.ts";
import { unsupported } from "../dense/topology.ts";

/** Weights that a batch normalisation may still change before they are first used. */
export interface Weights {
  /** Height × width × channels × outputs numbers. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly outputs: number;
}

/**
 * The memory of one model, for all its convolutions: input and results of one at a time, then the
 * weights of all.
 */
export interface Workspace {
  readonly open: OpenKernels;
  /** Multiplications that are allowed. */
  readonly most: number;
  multiplications: number;
  /** Numbers. */
  input: number;
  results: number;
  weights: number;
  /** Absent until the first prediction. */
  kernels?: Kernels;
}

/** Limit of an input with its padding: a quarter of a gigabyte. */
const MOST_NUMBERS = 2 ** 26;

/** A step, and what other layers may have it do besides, which is quicker there. */
export interface Convolving {
  readonly step: Step;
  /** Cut its results. */
  readonly clamp: (least: number, most: number) => void;
  /**
   * Keep the largest of each window.
   * @returns False if it cannot: a window reaches beyond the image.
   */
  readonly pool: (sliding: Sliding) => boolean;
}

export function convolution(
  space: Workspace,
  image: Image,
  weights: Weights,
  sliding: Sliding,
): Convolving {
  const [height, width, depth] = image;
  const { size, strides, dilation, before, results } = sliding;
  const [rows, columns] = results;
  const channels = Math.ceil(weights.outputs / 4) * 4;
  const terms = size[0] * size[1] * depth;
  const [high, wide] = [0, 1].map((axis) =>
    Math.max(
      before[axis]! + image[axis]!,
      (results[axis]! - 1) * strides[axis]! + (size[axis]! - 1) * dilation[axis]! + 1,
    ),
  ) as [number, number];
  const padded = high * wide * depth;
  const place = space.weights;
  space.weights += channels * (terms + 1);
  // Beyond the last row lie the pixels that are computed together with its last one.
  space.input = Math.max(space.input, padded + TOGETHER * strides[1] * depth);
  space.results = Math.max(space.results, (rows * columns + TOGETHER) * channels);
  space.multiplications += rows * columns * terms * channels;
  if (space.multiplications > space.most || padded > MOST_NUMBERS) unsupported();

  const dense = dilation[1] === 1; // then a row of the kernel reads one run
  let [least, most] = [-Infinity, Infinity];
  let pooled: Sliding | null = null;
  let planned: Convolution | null = null;
  const plan = ({ memory }: Kernels): Convolution => {
    const start = space.input + space.results + place;
    memory.set(arranged(weights, terms, channels), start);
    return {
      input: 0,
      output: space.input,
      weights: start,
      rows,
      columns,
      rowStep: strides[0] * wide * depth,
      columnStep: strides[1] * depth,
      kernelRows: size[0],
      kernelColumns: dense ? 1 : size[1],
      kernelRow: dilation[0] * wide * depth,
      kernelColumn: dilation[1] * depth,
      run: dense ? size[1] * depth : depth,
      channels,
      least,
      most,
    };
  };
  const step: Step = {
    shape: [rows, columns, weights.outputs],
    run(values) {
      const kernels = (space.kernels ??= space.open(space.input + space.results + space.weights));
      const { memory } = kernels;
      const of = (planned ??= plan(kernels));
      if (padded === values.length) memory.set(values);
      else {
        memory.fill(0, 0, padded);
        for (let row = 0; row < height; row++) {
          const line = values.subarray(row * width * depth, (row + 1) * width * depth);
          memory.set(line, ((row + before[0]) * wide + before[1]) * depth);
        }
      }
      kernels.convolve(of);
      let [place, pixels] = [of.output, rows * columns];
      if (pooled) {
        // Over the input, which is not needed any more; there is room.
        kernels.pool(pooling(of, pooled));
        place = of.input;
        pixels = pooled.results[0] * pooled.results[1];
      }
      const found = memory.subarray(place, place + pixels * channels);
      return channels === weights.outputs
        ? found.slice()
        : compact(found, channels, weights.outputs);
    },
  };
  return {
    step,
    clamp(low, high) {
      [least, most] = [low, high];
    },
    pool(window) {
      const last = (axis: 0 | 1): number =>
        (window.results[axis] - 1) * window.strides[axis] + window.size[axis];
      const within =
        window.before.every((before) => before === 0) && last(0) <= rows && last(1) <= columns;
      if (!within) return false;
      pooled = window;
      space.input = Math.max(space.input, window.results[0] * window.results[1] * channels);
      return true;
    },
  };
}

const pooling = (of: Convolution, { size, strides, results }: Sliding): Pooling => ({
  input: of.output,
  output: of.input,
  rows: results[0],
  columns: results[1],
  rowStep: strides[0] * of.columns * of.channels,
  columnStep: strides[1] * of.channels,
  windowRows: size[0],
  windowColumns: size[1],
  windowRow: of.columns * of.channels,
  channels: of.channels,
});

/** See `weights` of a Convolution. */
function arranged(
  { kernel, bias, outputs }: Weights,
  terms: number,
  channels: number,
): Float32Array {
  const all = new Float32Array(channels * (terms + 1));
  for (let channel = 0; channel < outputs; channel++) {
    const start = (channel >> 2) * 4 * (terms + 1) + (channel & 3);
    for (let term = 0; term < terms; term++)
      all[start + term * 4] = kernel[term * outputs + channel]!;
    all[start + terms * 4] = bias[channel]!;
  }
  return all;
}

/** Leave out the channels that were added to make their number a multiple of four. */
function compact(values: Float32Array, channels: number, outputs: number): Float32Array {
  const kept = new Float32Array((values.length / channels) * outputs);
  for (let from = 0, to = 0; from < values.length; from += channels, to += outputs) {
    for (let i = 0; i < outputs; i++) kept[to + i] = values[from + i]!;
  }
  return kept;
}
