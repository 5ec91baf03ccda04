// Stock TensorFlow.js layers-models made by hand, for tests.

export interface DenseSpec {
  readonly units: number;
  readonly activation?: string;
  readonly useBias?: boolean;
  /** Each unit is the sum of as many inputs, side by side. */
  readonly adds?: boolean;
}

export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface LayersModel {
  readonly modelJson: {
    modelTopology: unknown;
    weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[];
  };
  readonly data: Uint8Array;
  readonly weights: readonly Weight[];
}

/** Numbers in -1..1 that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function layer(type: string, config: Record<string, unknown>): Record<string, unknown> {
  return { class_name: type, config };
}

export function sequential(layers: readonly unknown[]): unknown {
  return {
    class_name: "Sequential",
    config: { name: "sequential", layers },
    keras_version: "3",
    backend: "tensorflow",
  };
}

/** A layer of a Functional model, called once, on the outputs of others. */
export const called = (type: string, name: string, config: object, ...inputs: string[]) => ({
  ...layer(type, { name, ...config }),
  name,
  inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
});

export function functional(
  layers: readonly unknown[],
  inputs: readonly string[],
  outputs: readonly string[],
): unknown {
  const [input_layers, output_layers] = [inputs, outputs].map((names) =>
    names.map((name) => [name, 0, 0]),
  );
  return { class_name: "Functional", config: { name: "m", layers, input_layers, output_layers } };
}

export const weight = (
  name: string,
  shape: readonly number[],
  values: readonly number[],
): Weight => ({
  name,
  shape,
  values: Float32Array.from(values),
});

/** A chain InputLayer → Dense → Dense … with weights in -1..1. */
export function denseModel(inputs: number, specs: readonly DenseSpec[], seed = 1): LayersModel {
  const random = randomNumbers(seed);
  const layers = [
    layer("InputLayer", { name: "pixels", batch_input_shape: [null, inputs], dtype: "float32" }),
  ];
  const weights: Weight[] = [];
  let width = inputs;
  specs.forEach(({ units, activation = "linear", adds = false, useBias = !adds }, index) => {
    const name = `dense_${index}`;
    layers.push(layer("Dense", { name, units, activation, use_bias: useBias }));
    const values = randomArray(width * units, random);
    if (adds)
      values.forEach((_, at) => (values[at] = Math.floor(at / width) === at % units ? 1 : 0));
    weights.push({ name: `${name}/kernel`, shape: [width, units], values });
    if (useBias)
      weights.push({ name: `${name}/bias`, shape: [units], values: randomArray(units, random) });
    width = units;
  });
  return layersModel(sequential(layers), weights);
}

export function layersModel(modelTopology: unknown, weights: readonly Weight[]): LayersModel {
  const specs = weights.map(({ name, shape }) => ({ name, shape: [...shape], dtype: "float32" }));
  return {
    modelJson: {
      modelTopology,
      weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: specs }],
    },
    data: bytesOf(weights.map(({ values }) => values)),
    weights,
  };
}

export function randomArray(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, random);
}

/** Little-endian bytes of typed arrays, one after the other. */
export function bytesOf(arrays: readonly (Float32Array | Uint16Array | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
    ),
  );
}
