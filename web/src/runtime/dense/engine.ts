// A small exact interpreter for chains of Flatten, Rescaling, Dropout, Dense and activations. It
// reads the same files as TensorFlow.js. Sums are computed in double precision and rounded to
// float32 at the end of each layer, so results differ from Keras' float32 sums only by their
// rounding. It refuses models that it cannot run exactly.
import { activation, softmax, type Activation } from "./activations.ts";
import { fail } from "../errors.ts";
import { asRecord, entry, isShape, same, sizeOf } from "../json.ts";
import { readChain, unsupported, type Layer } from "./topology.ts";
import type { Engine, EngineResult, LinearWeights } from "../types.ts";
import { decodeWeights, weightGroups } from "../weights.ts";

export type Shape = readonly number[];
export interface Step {
  readonly run: Activation;
  readonly shape?: Shape; // of the result, where it differs from the input's
  readonly dense?: LinearWeights;
}
/** It runs synchronously. */
export interface DenseEngine extends Engine {
  run(input: Float32Array): EngineResult;
}
/** How to run a layer on one example of the given shape. */
export type Rule = (
  layer: Layer,
  shape: Shape,
  take: (weight: string, shape: Shape) => Float32Array,
) => readonly Step[];
/** @throws ModelError `unsupported`: no rule for this layer with these options. */
export type RuleOf = (layer: Layer) => Rule;

/**
 * Options, as `name:JSON`, that the rules below read or that do not change a trained model's
 * answers. Any other might, so it is refused. Values listed here are the layer's defaults; null
 * asks for the default too.
 */
const OPTIONS = new RegExp(
  "^((name|trainable|batch_input_shape|units|activation|use_bias|input_dim|rate|noise_shape|seed|scale|offset" +
    "|.+_(initializer|regularizer|constraint)):.*" +
    '|dtype:"float32"|data_format:"channels_last"|axis:-?1|(sparse|ragged):false|(negative_slope|threshold):0)$',
);

/** All layers together: an activation of as many takes a second. The default recipe makes 810. */
const MOST_NUMBERS = 2 ** 26;

const keep: Activation = (values) => values;

const rules: Readonly<Record<string, Rule>> = {
  InputLayer: () => [],
  Dropout: () => [], // does nothing outside training
  Flatten: (_, shape) => [{ run: keep, shape: [sizeOf(shape)] }],
  Rescaling({ config: { scale, offset } }) {
    const factor = float32(scale);
    const shift = float32(offset ?? 0);
    return [{ run: (values) => values.map((value) => Math.fround(value * factor) + shift) }];
  },
  Dense({ name, config: { units, use_bias: biased, activation: curve } }, [inputs, ...more], take) {
    if (!inputs || more.length > 0 || !isShape([units])) return unsupported();
    const outputs = units as number;
    const shape = [outputs];
    const kernel = take(`${name}/kernel`, [inputs, outputs]);
    const bias = biased === false ? new Float32Array(outputs) : take(`${name}/bias`, shape);
    const dense = { kernel, bias, inputs, outputs };
    return [
      { run: (values) => multiply(dense, values), shape, dense },
      ...activate(curve ?? "linear", shape),
    ];
  },
  Activation: ({ config: { activation: curve } }, shape) => activate(curve, shape),
  ReLU: (_, shape) => activate("relu", shape),
  Softmax: (_, shape) => activate("softmax", shape),
};

/**
 * Build the engine for a stock TensorFlow.js layers-model.
 *
 * @param modelJson The parsed `model.json`.
 * @param data All weight shards, concatenated in the order of the weights manifest.
 * @param find Rules for more layers (conv/layers.ts). They are asked for and used in the order of
 * the layers.
 * @throws ModelError `unsupported`: a layer, an option or a dtype that it cannot run exactly;
 * `integrity`: weights that
 *   are damaged or do not fit the layers.
 */
export function createDenseEngine(
  modelJson: unknown,
  data: Uint8Array,
  find: RuleOf = ruleOf,
): DenseEngine {
  const { modelTopology, weightsManifest } = asRecord(modelJson);
  const weights = decodeWeights(
    weightGroups(weightsManifest).flatMap((group) => group.weights),
    data,
  );
  const take = (name: string, expected: Shape): Float32Array => {
    const { shape, values } =
      weights.get(name) ?? fail("integrity", "Each layer must have its weights", name);
    if (!same(shape, expected))
      fail("integrity", `${name} must have the shape ${expected.join(" × ")}`, shape);
    weights.delete(name);
    return values;
  };

  const chain = readChain(modelTopology);
  const inputShape: unknown = [chain[0]?.config["batch_input_shape"]].flat().slice(1);
  if (!isShape(inputShape)) return unsupported();
  let shape = inputShape;
  let numbers = 0;
  const steps: Step[] = [];
  for (const layer of chain) {
    for (const step of find(layer)(layer, shape, take)) {
      shape = step.shape ?? shape;
      numbers += sizeOf(shape);
      if (numbers > MOST_NUMBERS) unsupported();
      steps.push(step);
    }
  }
  if (weights.size > 0) fail("integrity", "Each weight must have a layer", [...weights.keys()]);

  let live: { steps: readonly Step[]; linear: LinearWeights | null } | null = {
    steps,
    linear: linearWeights(steps),
  };
  return {
    inputShape,
    outputShape: shape,
    get linear() {
      return live?.linear ?? null;
    },
    run(input) {
      const { steps } =
        live ?? fail("input", "A model must not be used after dispose()", "disposed");
      if (input.length !== sizeOf(inputShape) || !input.every(Number.isFinite)) {
        const finite = input.filter(Number.isFinite).length;
        fail(
          "input",
          `The input must be ${sizeOf(inputShape)} finite numbers`,
          `${finite} finite of ${input.length}`,
        );
      }
      let probabilities: Float32Array = input.slice();
      let logits: Float32Array | null = null;
      for (const { run } of steps) {
        logits = run === softmax ? probabilities : null;
        probabilities = run(probabilities);
      }
      if (!probabilities.every(Number.isFinite))
        fail("unsupported", "Results must be within float32's range", "an overflow");
      return { probabilities, logits };
    },
    dispose() {
      live = null;
    },
  };
}

/**
 * Tell whether the rules above can run a model, as far as its topology says: 2 if they can, 1 for
 * another chain of layers, 0 for anything else.
 */
export function runsDense(modelJson: unknown): number {
  let answer = 0;
  try {
    const chain = readChain(asRecord(modelJson)["modelTopology"]);
    answer = 1;
    chain.forEach(ruleOf);
    answer = 2;
  } catch {
    // the reason does not matter: something else is tried next
  }
  return answer;
}

/** The rule for a layer, after checking its options. */
export function ruleOf({ type, config }: Layer): Rule {
  for (const [option, value] of Object.entries(config)) {
    if (value !== null && !OPTIONS.test(option + ":" + JSON.stringify(value))) unsupported();
  }
  return entry(rules, type) ?? unsupported();
}

/** A number in the precision in which Keras and TensorFlow.js use it. */
function float32(value: unknown): number {
  return Number.isFinite(value) ? Math.fround(value as number) : unsupported();
}

function activate(name: unknown, shape: Shape): readonly Step[] {
  const run = activation(name);
  if (run === softmax && shape.length !== 1) unsupported();
  return name === "linear" ? [] : [{ run }];
}

function multiply(
  { kernel, bias, inputs, outputs }: LinearWeights,
  values: Float32Array,
): Float32Array {
  const sums = new Float64Array(bias); // from() takes half a millisecond the first time
  for (let i = 0, row = 0; i < inputs; i++, row += outputs) {
    const value = values[i]!;
    if (value === 0) continue; // most pixels are empty; exact, because every weight is finite
    for (let j = 0; j < outputs; j++) sums[j]! += value * kernel[row + j]!;
  }
  return new Float32Array(sums);
}

/** The weights of input → Dense → softmax, and the steps after that; null for any other model. */
function linearWeights(steps: readonly Step[]): LinearWeights | null {
  const [first, second, ...next] = steps.filter(({ run }) => run !== keep);
  return first?.dense && second?.run === softmax ? { ...first.dense, next } : null;
}
