// Layers of image classifiers that the dense engine does not have: convolutions, pooling, batch
// normalisation and what belongs to them, for chains of layers. Fetched only for models with such
// layers. They add float32 in float32, as TensorFlow.js does, so that results differ from its by
// the rounding of sums in another order.
import { activationOf, along } from "./activations.ts";
import { convolution, type Convolving, type Weights, type Workspace } from "./convolution.ts";
import { compile, plainKernels, wasmKernels, type OpenKernels } from "./kernels.ts";
import * as options from "./options.ts";
import {
  convolveDepthwise,
  poolAverage,
  poolMaximum,
  slide,
  type Image,
  type Pool,
  type Sliding,
} from "./windows.ts";
import type { Activation } from "../dense/activations.ts";
import type { Rule, RuleOf, Shape, Step } from "../dense/engine.ts";
import { unsupported, type Layer } from "../dense/topology.ts";
import { borrow, type Fail } from "../errors.ts";
import { entry, same, sizeOf } from "../json.ts";

/**
 * Multiplications in one prediction, of all convolutions: 50 ms, with which a pad keeps up, by
 * WebAssembly and without. TensorFlow.js can run larger models on the GPU.
 */
const [MOST_BY_WASM, MOST_PLAIN] = [2 ** 28, 2 ** 25];

/** Layers that may become part of the one before: they find it still open. */
const JOINING = /^(Activation|ReLU|Softmax|BatchNormalization|MaxPooling2D|.*Noise|.*Dropout.*)$/;

/**
 * Rules for one model.
 *
 * @param fail Lent by the dense engine's file, like its rules and activations.
 */
export async function rulesFor(fail: Fail, ruleOf: RuleOf, activation: Named): Promise<RuleOf> {
  borrow(fail);
  const module = await compile();
  return module
    ? rulesBy(wasmKernels(module), MOST_BY_WASM, ruleOf, activation)
    : rulesBy(plainKernels, MOST_PLAIN, ruleOf, activation);
}
type Named = (name: unknown) => Activation;

type Take = Parameters<Rule>[2];
/** A layer that the next one may still join: it changes the weights and becomes a part of it. */
interface Open {
  readonly weights?: Pick<Weights, "kernel" | "bias"> | undefined;
  readonly clamp?: Convolving["clamp"] | undefined;
  readonly pool?: Convolving["pool"] | undefined;
}

/** @param most Multiplications that are allowed. */
export function rulesBy(
  kernels: OpenKernels,
  most: number,
  ruleOf: RuleOf,
  activation: Named,
): RuleOf {
  const space: Workspace = {
    open: kernels,
    most,
    multiplications: 0,
    input: 0,
    results: 0,
    weights: 0,
  };
  let open: Open = {};

  /** An activation of results of this shape, by its name. */
  const activate = (name: unknown, shape: Shape): readonly Step[] => {
    if ((name ?? "linear") === "linear") return [];
    if (name === "relu") return cut(Infinity);
    if (name === "relu6") return cut(6);
    const length = shape.at(-1)!;
    const run = activationOf(name, length, activation);
    return curve(name === "softmax" && shape.length > 1 ? along(run, length) : run);
  };
  const cut = (most: number): readonly Step[] => {
    const { clamp } = open;
    if (!clamp) return curve((values) => values.map((value) => Math.min(Math.max(value, 0), most)));
    clamp(0, most);
    open = { pool: open.pool };
    return [];
  };
  /** A layer that keeps its input's shape. */
  const curve = (run: Activation): readonly Step[] => {
    open = {};
    return [{ run }];
  };
  const convolve = (
    image: Image,
    weights: Weights,
    sliding: Sliding,
    { config }: Layer,
  ): readonly Step[] => {
    const { step, ...more } = convolution(space, image, weights, sliding);
    open = { weights, ...more };
    return [step, ...activate(config["activation"], step.shape!)];
  };
  /** Without the bias and the activation. */
  const depthwise = (layer: Layer, image: Image, take: Take) => {
    const multiplier = options.count(layer.config["depth_multiplier"] ?? 1);
    const sliding = options.sliding(layer.config, image, "kernel_size");
    // TensorFlow.js does not heed it, so that files that have it were not made for TensorFlow.js.
    if (layer.type === "DepthwiseConv2D" && !same(sliding.dilation, [1, 1])) unsupported();
    const kernel = take(`${layer.name}/depthwise_kernel`, [...sliding.size, image[2], multiplier]);
    return { kernel, sliding, multiplier, outputs: image[2] * multiplier };
  };
  const biased = (
    { name, config }: Layer,
    kernel: Float32Array,
    outputs: number,
    take: Take,
  ): Weights => ({
    kernel,
    bias:
      config["use_bias"] === false ? new Float32Array(outputs) : take(`${name}/bias`, [outputs]),
    outputs,
  });
  const pool = (run: Pool, image: Image, sliding: Sliding): readonly Step[] => [
    { run: (values) => run(values, image, sliding), shape: [...sliding.results, image[2]] },
  ];
  const poolAll = (run: Pool, shape: Shape): readonly Step[] => {
    const image = options.image(shape);
    const [step] = pool(run, image, still(image, [image[0], image[1]]));
    return [{ ...step!, shape: [image[2]] }];
  };

  const rules: Readonly<Record<string, Rule>> = {
    Conv2D(layer, shape, take) {
      const image = options.image(shape);
      const outputs = options.count(layer.config["filters"]);
      const sliding = options.sliding(layer.config, image, "kernel_size");
      const kernel = take(`${layer.name}/kernel`, [...sliding.size, image[2], outputs]);
      return convolve(image, biased(layer, kernel, outputs, take), sliding, layer);
    },
    DepthwiseConv2D(layer, shape, take) {
      const image = options.image(shape);
      const { kernel, sliding, multiplier, outputs } = depthwise(layer, image, take);
      const weights = biased(layer, kernel, outputs, take);
      if (image[2] === 1) return convolve(image, weights, sliding, layer);
      open = { weights };
      const run: Activation = (values) =>
        convolveDepthwise(values, image, sliding, weights, multiplier);
      const to = [...sliding.results, outputs];
      return [{ run, shape: to }, ...activate(layer.config["activation"], to)];
    },
    SeparableConv2D(layer, shape, take) {
      const image = options.image(shape);
      const { kernel, sliding, multiplier, outputs: channels } = depthwise(layer, image, take);
      const first: Weights = { kernel, bias: new Float32Array(channels), outputs: channels };
      const outputs = options.count(layer.config["filters"]);
      const second = biased(
        layer,
        take(`${layer.name}/pointwise_kernel`, [1, 1, channels, outputs]),
        outputs,
        take,
      );
      const between: Image = [...sliding.results, channels];
      return [
        {
          run: (values) => convolveDepthwise(values, image, sliding, first, multiplier),
          shape: between,
        },
        ...convolve(between, second, still(between), layer),
      ];
    },
    Dense(layer, shape, take) {
      const { name, config } = layer;
      const outputs = options.count(config["units"]);
      if (shape.length === 1) {
        const bare = { ...layer, config: { ...config, activation: "linear" } };
        const steps = ruleOf(bare)(bare, shape, take);
        open = { weights: steps[0]?.dense };
        return [...steps, ...activate(config["activation"], [outputs])];
      }
      const inputs = shape.at(-1)!;
      const image: Image = [1, sizeOf(shape) / inputs, inputs];
      const kernel = take(`${name}/kernel`, [inputs, outputs]);
      const [step, ...more] = convolve(
        image,
        biased(layer, kernel, outputs, take),
        still(image),
        layer,
      );
      return [{ ...step!, shape: [...shape.slice(0, -1), outputs] }, ...more];
    },
    MaxPooling2D: ({ config }, shape) => {
      const image = options.image(shape);
      const sliding = options.sliding(config, image, "pool_size");
      const joined = open.pool?.(sliding);
      open = {};
      return joined
        ? [{ run: keep, shape: [...sliding.results, image[2]] }]
        : pool(poolMaximum, image, sliding);
    },
    AveragePooling2D: ({ config }, shape) => {
      const image = options.image(shape);
      return pool(poolAverage, image, options.sliding(config, image, "pool_size"));
    },
    GlobalMaxPooling2D: (_, shape) => poolAll(poolMaximum, shape),
    GlobalAveragePooling2D: (_, shape) => poolAll(poolAverage, shape),
    ZeroPadding2D({ config }, shape) {
      const [height, width, channels] = options.image(shape);
      const [above, below, left, right] = options.padding(config["padding"]);
      const wide = left + width + right;
      const to = [above + height + below, wide, channels];
      const run: Activation = (values) => {
        const all = new Float32Array(sizeOf(to));
        for (let row = 0; row < height; row++) {
          const line = values.subarray(row * width * channels, (row + 1) * width * channels);
          all.set(line, ((above + row) * wide + left) * channels);
        }
        return all;
      };
      return [{ run, shape: to }];
    },
    BatchNormalization({ name, config: { axis, epsilon, center, scale } }, shape, take) {
      const channels = shape.at(-1)!;
      if (![-1, shape.length].includes([axis ?? -1].flat()[0] as number)) unsupported();
      const read = (kind: string): Float32Array => take(`${name}/${kind}`, [channels]);
      const gamma = scale === false ? new Float32Array(channels).fill(1) : read("gamma");
      const beta = center === false ? new Float32Array(channels) : read("beta");
      const mean = read("moving_mean");
      const least = options.finite(epsilon ?? 1e-3);
      const factors = Array.from(
        read("moving_variance"),
        (variance, i) => gamma[i]! / Math.sqrt(variance + least),
      );
      const normal = (value: number, i: number): number =>
        (value - mean[i]!) * factors[i]! + beta[i]!;
      const { weights } = open;
      if (!weights) return curve((values) => values.map((value, i) => normal(value, i % channels)));
      weights.kernel.forEach((value, i) => (weights.kernel[i] = value * factors[i % channels]!));
      weights.bias.forEach((value, i) => (weights.bias[i] = normal(value, i)));
      return [];
    },
    Activation: ({ config: { activation: name = unsupported() } }, shape) => activate(name, shape),
    ReLU: ({ config: { max_value: most } }) => cut(options.finite(most ?? Number.MAX_VALUE)),
    Softmax: ({ config: { axis = 1 } }, shape) =>
      axis === -1 || axis === shape.length ? activate("softmax", shape) : unsupported(),
    ELU: ({ config: { alpha = 1 } }, shape) =>
      alpha === 1 ? activate("elu", shape) : unsupported(),
    LeakyReLU({ config: { alpha } }) {
      const slope = options.finite(alpha ?? 0.3);
      return curve((values) => values.map((value) => (value < 0 ? value * slope : value)));
    },
    PReLU({ name, config: { shared_axes: shared } }, shape, take) {
      // Either each number has a slope, or each channel.
      const spatial = shape.slice(1).map((_, axis) => axis + 1);
      const all = shared === undefined || shared === null;
      if (!all && !same(shared, spatial)) unsupported();
      const slopes = take(`${name}/alpha`, all ? shape : [...spatial.map(() => 1), shape.at(-1)!]);
      return curve((values) =>
        values.map((value, i) => (value < 0 ? value * slopes[i % slopes.length]! : value)),
      );
    },
    ThresholdedReLU({ config: { theta } }) {
      const least = options.finite(theta ?? 1);
      return curve((values) => values.map((value) => (value > least ? value : 0)));
    },
    Reshape: ({ config: { target_shape: target } }, shape) => [
      { run: keep, shape: options.reshaped(target, sizeOf(shape)) },
    ],
    // Nothing outside training:
    Dropout: () => [],
    SpatialDropout1D: () => [],
    GaussianDropout: () => [],
    GaussianNoise: () => [],
    AlphaDropout: () => [],
  };

  return (layer) => {
    const own = entry(rules, layer.type);
    if (own) options.check(layer.config);
    const rule = own ?? ruleOf(layer);
    return (...all) => {
      if (!JOINING.test(layer.type as string)) open = {};
      return rule(...all);
    };
  };
}

const keep: Activation = (values) => values;

/** A window that does not move further than by one pixel, and takes in one, or more of them. */
const still = (image: Image, size: readonly [number, number] = [1, 1]): Sliding =>
  slide(image, size, [1, 1], [1, 1], false)!;
