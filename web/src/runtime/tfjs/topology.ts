// Checks a layers-model's topology before TensorFlow.js sees it, which would search for a missing
// layer for ever.
import { fail } from "../errors.ts";
import { asRecord } from "../json.ts";

interface LayerJson {
  readonly class_name: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes: readonly (readonly Reference[])[];
}
/** Layer, index of its call, index of that call's output, and further arguments. */
type Reference = readonly [string, number, number, ...unknown[]];

/**
 * Limit of layers, and of references to them in all of their calls. The largest of
 * keras.applications has 1,041 layers.
 */
const MOST_LAYERS = 4096;

/** The config of a Functional model, as TensorFlow.js reads it. */
export interface FunctionalConfig {
  readonly name: string;
  readonly layers: readonly LayerJson[];
  readonly input_layers: readonly Reference[];
  readonly output_layers: readonly Reference[];
}

/**
 * The layers of a Sequential or Functional model, wired; a Sequential one becomes Functional.
 *
 * @param topology `modelTopology` of a model.json.
 * @param several True to allow several inputs and outputs.
 * @throws ModelError `unsupported`: another kind of model, or a layer whose inputs do not exist.
 */
export function functionalConfig(topology: unknown, several = false): FunctionalConfig {
  const outer = asRecord(topology);
  const { class_name: type, config } = asRecord(outer["model_config"] ?? outer);
  const { layers: listed, input_layers: inputs, output_layers: outputs } = asRecord(config);
  const list: unknown = Array.isArray(config) ? config : listed; // Keras 1 and 2 wrote a Sequential's layers alone
  const known = type === "Sequential" || type === "Functional" || type === "Model";
  if (!known || !Array.isArray(list) || list.length === 0)
    return refuse("a Sequential or Functional model", type);
  if (list.length > MOST_LAYERS) refuse(`at most ${MOST_LAYERS} layers`, list.length);
  const layers = list.map((layer, index) => readLayer(layer, type === "Sequential" ? index : null));
  if (type === "Sequential") {
    const chain = chained(layers);
    const [first, last] = [chain[0]!, chain.at(-1)!];
    return {
      name: "model",
      layers: chain,
      input_layers: [[first.name, 0, 0]],
      output_layers: [[last.name, 0, 0]],
    };
  }
  const model = {
    name: "model",
    layers,
    input_layers: ends(inputs, several),
    output_layers: ends(outputs, several),
  };
  checkWiring(model);
  return model;
}

function readLayer(layer: unknown, position: number | null): LayerJson {
  const { class_name: type, config, name: own, inbound_nodes: nodes } = asRecord(layer);
  const name = own ?? asRecord(config)["name"];
  if (typeof type !== "string" || typeof name !== "string")
    return refuse("a class and a name of each layer", layer);
  const calls: unknown = position === null ? nodes : [];
  if (
    !Array.isArray(calls) ||
    !calls.every((call) => Array.isArray(call) && call.every(isReference))
  ) {
    return refuse(`calls of ${name} as lists of references`, nodes);
  }
  return { class_name: type, name, config: asRecord(config), inbound_nodes: calls };
}

const isReference = (value: unknown): value is Reference =>
  Array.isArray(value) &&
  typeof value[0] === "string" &&
  value.slice(1, 3).every(isIndex) &&
  value.length > 2;

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** The inputs or the outputs; a single one may be without a list. */
function ends(value: unknown, several: boolean): readonly Reference[] {
  const all: unknown = isReference(value) ? [value] : value;
  const most = several ? MOST_LAYERS : 1;
  return Array.isArray(all) && all.length > 0 && all.length <= most && all.every(isReference)
    ? all
    : refuse(several ? "inputs and outputs" : "one input and one output", value);
}

/** Connect each layer to the one before it, and put an input in front if there is none. */
function chained(layers: readonly LayerJson[]): LayerJson[] {
  const [first] = layers as [LayerJson, ...LayerJson[]];
  const { batch_input_shape: shape, dtype = "float32" } = first.config;
  const name = `${first.name}_input`;
  const input = {
    class_name: "InputLayer",
    name,
    config: { name, batch_input_shape: shape, dtype },
    inbound_nodes: [],
  };
  const all = first.class_name === "InputLayer" ? layers : [input, ...layers];
  const chain = all.map((layer, index) => {
    const before = all[index - 1];
    return { ...layer, inbound_nodes: before ? [[[before.name, 0, 0, {}] as Reference]] : [] };
  });
  checkNames(chain);
  return chain;
}

function checkNames(layers: readonly LayerJson[]): void {
  if (new Set(layers.map(({ name }) => name)).size < layers.length)
    refuse("unique names of its layers", "duplicates");
}

/** Follow the calls that TensorFlow.js would make, as far as their inputs exist. */
function checkWiring({ layers, input_layers, output_layers }: FunctionalConfig): void {
  checkNames(layers);
  const calls = new Map(
    layers.map(({ name, class_name: type }) => [name, type === "InputLayer" ? 1 : 0]),
  );
  const ready = ([name, call]: Reference): boolean => (calls.get(name) ?? 0) > call;
  let waiting = layers.flatMap(({ name, inbound_nodes: nodes }) =>
    nodes.map((inputs) => ({ name, inputs })),
  );
  const references = waiting.reduce((sum, { inputs }) => sum + 1 + inputs.length, 0);
  if (references > 2 * MOST_LAYERS)
    refuse(`at most ${2 * MOST_LAYERS} calls and references`, references);
  for (let before = Infinity; waiting.length < before;) {
    before = waiting.length;
    waiting = waiting.filter(({ name, inputs }) => {
      if (!inputs.every(ready)) return true;
      calls.set(name, calls.get(name)! + 1);
      return false;
    });
  }
  const [stuck] = waiting;
  if (stuck) refuse(`inputs of ${stuck.name} that exist`, stuck.inputs);
  for (const end of [...input_layers, ...output_layers])
    if (!ready(end)) refuse("an input and an output that exist", end);
}

/** Throw the error for a model that TensorFlow.js could not run. */
export function refuse(rule: string, received: unknown): never {
  return fail("unsupported", `TensorFlow.js needs ${rule}`, received);
}
