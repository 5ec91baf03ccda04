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

/** Shifted by the maximum, so that no exponential overflows; summed in double precision. */
export function softmax<Values extends Float32Array | Float64Array>(values: Values): Values {
  const most = largest(values);
  const powers = new Float64Array(values).map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b);
  return values.map((_, index) => powers[index]! / sum) as Values;
}

/** @throws ModelError `unsupported`: a name that is not in the table. */
export function activation(name: unknown): Activation {
  return entry(activations, name) ?? unsupported();
}

/** The maximum. Math.max is limited in its number of arguments. */
export const largest = (values: Float32Array | Float64Array): number =>
  (values as Float32Array).reduce((a, b) => Math.max(a, b));
