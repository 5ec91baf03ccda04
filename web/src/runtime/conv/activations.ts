// The activations of TensorFlow.js that the dense engine does not have, each by TensorFlow.js' own
// formula.
import { largest, type Activation } from "../dense/activations.ts";
import { entry } from "../json.ts";

const { abs, exp, log, log1p, max, min, sign, sqrt, tanh } = Math;

const sigmoid = (x: number): number => 1 / (1 + exp(-x));
const softplus = (x: number): number => max(x, 0) + log1p(exp(-abs(x)));
/** Keras' constants, as TensorFlow.js has them. */
const [SELU_ALPHA, SELU_SCALE] = [1.6732632423543772, 1.0507009873554805];
/** Abramowitz and Stegun, 7.1.26: off by at most 1.5e-7, like TensorFlow.js. */
const ERF = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * abs(x));
  return sign(x) * (1 - ERF.reduce((sum, factor) => sum * t + factor, 0) * t * exp(-x * x));
}

const curves: Readonly<Record<string, (x: number) => number>> = {
  gelu: (x) => 0.5 * x * (1 + erf(x / sqrt(2))),
  gelunew: (x) => 0.5 * x * (1 + tanh(sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  hardsigmoid: (x) => min(max(0.2 * x + 0.5, 0), 1),
  mish: (x) => x * tanh(softplus(x)),
  relu6: (x) => min(max(x, 0), 6),
  selu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * (exp(x) - 1)),
  softplus,
  softsign: (x) => x / (1 + abs(x)),
  swish: (x) => x * sigmoid(x),
};

/** Shifted by the maximum, so that no exponential overflows. */
function logSoftmax(values: Float32Array): Float32Array {
  const most = largest(values);
  const shift = most + log(values.reduce((sum, value) => sum + exp(value - most), 0));
  return values.map((value) => value - shift);
}

/**
 * @param name As TensorFlow.js or Keras writes it, `hardSigmoid` or `hard_sigmoid`.
 * @param length Length of the last axis, over which softmax goes.
 * @param known The dense engine's activations.
 * @throws ModelError `unsupported`: a name that neither engine has.
 */
export function activationOf(
  name: unknown,
  length: number,
  known: (name: unknown) => Activation,
): Activation {
  const key = String(name).replace("_", "").toLowerCase();
  const curve = entry(curves, key);
  if (curve) return (values) => values.map(curve);
  return key === "logsoftmax" ? along(logSoftmax, length) : known(name);
}

/** Do it with so many numbers at a time. */
export const along =
  (run: Activation, length: number): Activation =>
  (values) => {
    const all = new Float32Array(values.length);
    for (let at = 0; at < values.length; at += length)
      all.set(run(values.subarray(at, at + length)), at);
    return all;
  };
