// The options of a layer, as TensorFlow.js writes them.
import { slide, type Image, type Pair, type Sliding } from "./windows.ts";
import { unsupported, type Layer } from "../dense/topology.ts";
import { isShape, sizeOf } from "../json.ts";

/**
 * As `name:JSON`, those that are read or do not change a trained model's answers. Any other might,
 * so it is refused. Values listed here are the layer's defaults; null asks for the default too.
 */
const OPTIONS = new RegExp(
  "^((name|trainable|batch_input_shape|filters|kernel_size|strides|padding|dilation_rate|depth_multiplier|pool_size" +
    "|units|activation|use_bias|input_dim|epsilon|momentum|center|scale|alpha|theta|max_value|target_shape|stddev|rate" +
    "|noise_shape|seed|axis|shared_axes|.+_(initializer|regularizer|constraint)):.*" +
    '|dtype:"float32"|data_format:"channels_last"|keepdims:false|(negative_slope|threshold):0|groups:1|rank:2)$',
);

export function check(config: Layer["config"]): void {
  for (const [option, value] of Object.entries(config)) {
    if (value !== null && !OPTIONS.test(option + ":" + JSON.stringify(value))) unsupported();
  }
}

export const count = (value: unknown): number =>
  isShape([value]) ? (value as number) : unsupported();

export const finite = (value: unknown): number =>
  Number.isFinite(value) ? (value as number) : unsupported();

export const image = (shape: readonly number[]): Image =>
  shape.length === 3 ? (shape as unknown as Image) : unsupported();

/** Read a number for rows and one for columns; a single number is for both. */
function pair(value: unknown): Pair {
  const both = [value, value].flat().slice(0, 2);
  return isShape(both) ? (both as unknown as Pair) : unsupported();
}

/** @param size Name of the option with the window's size. */
export function sliding(
  config: Layer["config"],
  image: Image,
  size: "kernel_size" | "pool_size",
): Sliding {
  const { strides, dilation_rate: dilation, padding } = config;
  const window = pair(config[size] ?? (size === "pool_size" ? 2 : null));
  const steps = pair(strides ?? (size === "pool_size" ? window : 1));
  if (!["valid", "same", undefined, null].includes(padding as string)) unsupported();
  return slide(image, window, steps, pair(dilation ?? 1), padding === "same") ?? unsupported();
}

/** Rows above and below, columns on the left and on the right. */
export function padding(value: unknown): readonly [number, number, number, number] {
  const [rows, columns] = Array.isArray(value) ? (value as unknown[]) : [value ?? 1, value ?? 1];
  const sides = [rows, columns].flatMap((side) => [side, side].flat().slice(0, 2));
  const known =
    sides.length === 4 &&
    sides.every((side) => Number.isSafeInteger(side) && (side as number) >= 0);
  return known ? (sides as [number, number, number, number]) : unsupported();
}

/** A target shape, of which one length may be -1 or null, for so many numbers. */
export function reshaped(target: unknown, size: number): readonly number[] {
  if (!Array.isArray(target)) return unsupported();
  const free = (length: unknown): boolean => length === -1 || length === null;
  const known = sizeOf(target.filter((length) => !free(length)) as number[]);
  const shape: unknown = target.map((length: unknown) => (free(length) ? size / known : length));
  return isShape(shape) && sizeOf(shape) === size ? shape : unsupported();
}
