import { entry } from "../json.ts";
import { unsupported } from "./topology.ts";

/** From a layer's float32 sums to its float32 results. Does not change its argument. */
export type Activation = (values: Float32Array) => Float32Array;

const each =
  (curve: (x: number) => number): Activation =>
  (values) =>
    values.map(curve);

const activations: Readonly<Record<string, Activation>> = {
  elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  linear: each((x) => x),
  relu: each((x) => Math.max(x, 0)),
  sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  softmax,
  tanh: each(Math.tanh),
};

/** Rounds the shares to float32. */
export function softmax(values: Float32Array): Float32Array {
  return new Float32Array(exactSoftmax(values));
}

/**
 * Shifted by the maximum, so that no exponential overflows. `shares` is filled and returned; it may
 * be `values` itself.
 */
export function exactSoftmax(
  values: Float32Array | Float64Array,
  shares: Float64Array = new Float64Array(values),
): Float64Array {
  const most = largest(values);
  let sum = 0;
  for (let i = 0; i < shares.length; i++) sum += shares[i] = Math.exp(values[i]! - most);
  for (let i = 0; i < shares.length; i++) shares[i]! /= sum;
  return shares;
}

/** @throws ModelError `unsupported`: a name that is not in the table. */
export function activation(name: unknown): Activation {
  return entry(activations, name) ?? unsupported();
}

/** The maximum. Math.max is limited in its number of arguments. */
export const largest = (values: Float32Array | Float64Array): number =>
  (values as Float32Array).reduce((a, b) => Math.max(a, b));
