// The preprocessing steps for pictures of any kind: colours, size and scale. Twin of
// pipeline/preprocessing/photos.py.
import type { DrawingStep, ImageSize, ImageStep } from "../schema.ts";
import type { Pixels } from "../types.ts";

/**
 * Numbers in 0..1, row by row, and within a pixel channel by channel: ink or grey (1), or red,
 * green and blue (3).
 */
export interface Picture {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/**
 * Numbers that one call needs, and no longer: to touch fresh memory for the first time takes longer
 * than to compute with a small drawing. Nothing is assumed of what they were.
 */
export function scratch(): (length: number) => Float64Array {
  const kept = new Float64Array(2 ** 16);
  return (length) => (length > kept.length ? new Float64Array(length) : kept.subarray(0, length));
}

const [forTurned, forAverage] = [scratch(), scratch()];

/** A step's parameters. */
type Of<Step> = (DrawingStep | ImageStep) & { readonly step: Step };

/**
 * RGBA composited over a background from 0 (black) to 1 (white): A·C + (1 − A)·background. Null
 * where all pixels are fully transparent.
 */
export function rgb(
  { data, height, width }: Pixels,
  { background }: Of<"rgb"> | Of<"grey">,
): Picture | null {
  if (!data.some((value, i) => i % 4 === 3 && value > 0)) return null;
  const values = new Float64Array(3 * height * width).map((_, i) => {
    const pixel = 4 * Math.floor(i / 3);
    const alpha = data[pixel + 3]! / 255;
    return (alpha * data[pixel + (i % 3)]!) / 255 + (1 - alpha) * background;
  });
  return { data: values, height, width, channels: 3 };
}

/**
 * The luminance (ITU-R BT.601) of RGBA composited over a background: 0 for black and 1 for white.
 * Nothing is inverted.
 */
export function grey(pixels: Pixels, step: Of<"grey">): Picture | null {
  const picture = rgb(pixels, step);
  if (!picture) return null;
  const { data, height, width } = picture;
  const luminance = new Float64Array(height * width).map(
    (_, i) => 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!,
  );
  return { data: luminance, height, width, channels: 1 };
}

/**
 * The largest centred part with the aspect ratio of height × width, area-averaged to it. Nothing is
 * stretched.
 */
export function cover(picture: Picture, { height, width }: Of<"cover">): Picture {
  // side of a new pixel, in old ones
  const pixel = Math.min(picture.height / height, picture.width / width);
  return average(picture, height, width, pixel * height, pixel * width);
}

/**
 * The whole picture, area-averaged and centred in height × width, with the background beside it.
 */
export function contain(picture: Picture, { height, width, background }: Of<"contain">): Picture {
  const pixel = Math.max(picture.height / height, picture.width / width);
  // Beyond a picture everything is 0: so it is averaged as what it differs from the background by.
  const difference = { ...picture, data: picture.data.map((value) => value - background) };
  const { data, ...size } = average(difference, height, width, pixel * height, pixel * width);
  return { ...size, data: data.map((value) => value + background) };
}

/** The whole picture, area-averaged to height × width, whatever its aspect ratio. */
export function stretch(picture: Picture, { height, width }: Of<"stretch">): Picture {
  return average(picture, height, width, picture.height, picture.width);
}

/**
 * Average a centred window of the picture, `tall` × `wide` of its pixels, to height × width.
 *
 * A new pixel is the mean over the area that it covers, in which each old pixel counts by its
 * share. Enlarging therefore keeps hard edges. Where the window is larger than the picture, the
 * rest is 0. The next call may write over the result.
 *
 * @param stride Numbers from the start of a row to that of the next.
 */
export function average(
  { data, height: rows, width: columns, channels }: Picture,
  height: number,
  width: number,
  tall: number,
  wide: number,
  stride = columns * channels,
): Picture {
  const turned = forTurned(width * rows * channels);
  averageTransposed(data, rows, columns, wide, channels, stride, turned);
  const result = forAverage(height * width * channels);
  averageTransposed(turned, width, rows, tall, channels, rows * channels, result);
  return { data: result, height, width, channels };
}

/**
 * Average each row's `before` pixels to as many as `result` has room for, weighted by the share
 * that a new pixel covers of each; rows become columns. Beyond the old pixels everything is 0.
 *
 * @param length How many of the old pixels, centred, the new ones cover.
 */
function averageTransposed(
  data: Float64Array,
  rows: number,
  before: number,
  length: number,
  channels: number,
  stride: number,
  result: Float64Array,
): void {
  const after = result.length / (rows * channels);
  const start = (before - length) / 2;
  for (let i = 0, to = 0; to < result.length; i++) {
    const [left, right] = [start + (i * length) / after, start + ((i + 1) * length) / after];
    const first = Math.max(0, Math.floor(left));
    const last = Math.ceil(Math.min(right, before)) - 1;
    const [lo, hi] = [
      Math.min(right, first + 1) - Math.max(left, first),
      Math.min(right, last + 1) - last,
    ];
    for (let y = 0, from = first * channels; y < rows; y++, from += stride) {
      for (let c = 0; c < channels; c++, to++) {
        let sum = 0;
        let at = from + c;
        if (last >= first) {
          sum = lo * data[at]!;
          for (let j = first + 1; j < last; j++) sum += data[(at += channels)]!;
          if (last > first) sum += hi * data[at + channels]!;
        }
        result[to] = (sum * after) / length;
      }
    }
  }
}

/**
 * (value − mean) / deviation, where each is one number, or one for each channel in the order at
 * this step. Null if there are neither one nor as many as channels.
 */
export function normalize(
  data: Float64Array,
  { channels }: ImageSize,
  { mean, deviation }: Of<"normalize">,
): Float64Array | null {
  const fits = (values: number | readonly number[]) =>
    typeof values === "number" || values.length === channels;
  const of = (values: number | readonly number[], i: number) =>
    typeof values === "number" ? values : values[i % channels]!;
  return fits(mean) && fits(deviation)
    ? data.map((value, i) => (value - of(mean, i)) / of(deviation, i))
    : null;
}

/** The three channels of each pixel in reverse order. Null if there are not three. */
export const bgr = (data: Float64Array, { channels }: ImageSize): Float64Array | null =>
  channels === 3 ? data.map((_, i) => data[i + 2 - 2 * (i % 3)]!) : null;
