// Layers that look at each channel for itself, through a window that moves over the image.

/** Height, width and channels. */
export type Image = readonly [number, number, number];
export type Pair = readonly [number, number];

/** How a window moves along rows and along columns. */
export interface Sliding {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  /** Before the first row and the first column. */
  readonly before: Pair;
  /** How many rows and columns of results. */
  readonly results: Pair;
}

/**
 * As TensorFlow.js counts: “same” covers the whole image and shares what is missing, “valid” stays
 * within it.
 *
 * @returns Null where no result is left.
 */
export function slide(
  [height, width]: Image,
  size: Pair,
  strides: Pair,
  dilation: Pair,
  same: boolean,
): Sliding | null {
  const axes = [height, width].map((length, axis) => {
    const reach = (size[axis]! - 1) * dilation[axis]! + 1;
    const results = Math.ceil((same ? length : length - reach + 1) / strides[axis]!);
    const missing = same ? Math.max((results - 1) * strides[axis]! + reach - length, 0) : 0;
    return { results, before: Math.floor(missing / 2) };
  });
  const [{ results: rows, before: above }, { results: columns, before: left }] = axes as [
    Axis,
    Axis,
  ];
  const sliding: Sliding = {
    size,
    strides,
    dilation,
    before: [above, left],
    results: [rows, columns],
  };
  return rows > 0 && columns > 0 ? sliding : null;
}
type Axis = Readonly<Record<"results" | "before", number>>;

/**
 * Call `visit` for each pixel in the window of each result: with the result's index, the pixel's,
 * and the place in the window; `done` after the last one of a result, with how many there were.
 */
function visitWindows(
  [height, width]: Image,
  { size, strides, dilation, before, results }: Sliding,
  visit: (result: number, pixel: number, place: number) => void,
  done?: (result: number, pixels: number) => void,
): void {
  for (let row = 0, result = 0; row < results[0]; row++) {
    for (let column = 0; column < results[1]; column++, result++) {
      let pixels = 0;
      for (let i = 0; i < size[0]; i++) {
        const y = row * strides[0] - before[0] + i * dilation[0];
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < size[1]; j++) {
          const x = column * strides[1] - before[1] + j * dilation[1];
          if (x < 0 || x >= width) continue;
          visit(result, y * width + x, i * size[1] + j);
          pixels += 1;
        }
      }
      done?.(result, pixels);
    }
  }
}

/** To results, pixel by pixel, from the values of an image. */
export type Pool = (values: Float32Array, image: Image, sliding: Sliding) => Float32Array;

const resultsOf = (
  { results: [rows, columns] }: Sliding,
  channels: number,
  value = 0,
): Float32Array => new Float32Array(rows * columns * channels).fill(value);

export const poolMaximum: Pool = (values, image, sliding) => {
  const channels = image[2];
  const found = resultsOf(sliding, channels, -Infinity);
  visitWindows(image, sliding, (result, pixel) => {
    for (
      let from = pixel * channels, to = result * channels, end = to + channels;
      to < end;
      from++, to++
    ) {
      const value = values[from]!;
      if (value > found[to]!) found[to] = value;
    }
  });
  return found;
};

/** Average the pixels within the image: padding does not count. */
export const poolAverage: Pool = (values, image, sliding) => {
  const channels = image[2];
  const sums = resultsOf(sliding, channels);
  visitWindows(
    image,
    sliding,
    (result, pixel) => {
      for (
        let from = pixel * channels, to = result * channels, end = to + channels;
        to < end;
        from++, to++
      )
        sums[to]! += values[from]!;
    },
    (result, pixels) => {
      for (let at = result * channels; at < (result + 1) * channels; at++) sums[at]! /= pixels;
    },
  );
  return sums;
};

/**
 * @param kernel Size × channels × multiplier numbers; the results of one channel are next to one
 * another.
 */
export function convolveDepthwise(
  values: Float32Array,
  image: Image,
  sliding: Sliding,
  { kernel, bias }: { readonly kernel: Float32Array; readonly bias: Float32Array },
  multiplier: number,
): Float32Array {
  const outputs = image[2] * multiplier;
  const sums = resultsOf(sliding, outputs);
  visitWindows(image, sliding, (result, pixel, place) => {
    let [from, to, weight] = [pixel * image[2], result * outputs, place * outputs];
    for (const end = to + outputs; to < end; from++) {
      const value = values[from]!;
      for (let i = 0; i < multiplier; i++, to++, weight++) sums[to]! += value * kernel[weight]!;
    }
  });
  for (let at = 0; at < sums.length; at++) sums[at]! += bias[at % outputs]!;
  return sums;
}
