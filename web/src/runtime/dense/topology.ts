// A TensorFlow.js layers-model's topology as a plain chain of layers.
import { fail } from "../errors.ts";
import { asRecord, same } from "../json.ts";

export interface Layer {
  readonly type: unknown;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * The layers of a Sequential model, or of a Functional one that is a single chain, from input to
 * output.
 *
 * @param topology `modelTopology` of a model.json.
 * @throws ModelError `unsupported`: anything else.
 */
export function readChain(topology: unknown): Layer[] {
  const outer = asRecord(topology);
  const { class_name: type, config } = asRecord(outer["model_config"] ?? outer);
  const { layers, input_layers: input, output_layers: output } = asRecord(config);
  const list: unknown = Array.isArray(config) ? config : layers; // Keras 1 and 2 wrote a Sequential's layers alone
  if (!Array.isArray(list)) return unsupported();

  const chain = list.map((layer): Layer => {
    const { class_name: type, config } = asRecord(layer);
    const { name } = asRecord(config);
    return typeof name === "string" ? { type, name, config: asRecord(config) } : unsupported();
  });
  if (type === "Sequential") return chain;

  // Layers are listed in the order in which they run, so in a chain each names the one before it.
  const linked = list.every((layer, index) => {
    const before = chain[index - 1];
    return same(asRecord(layer)["inbound_nodes"], before ? [[[before.name, 0, 0, {}]]] : []);
  });
  const only = (ends: unknown, layer: Layer | undefined): boolean =>
    same([ends].flat(2), [layer?.name, 0, 0]);
  if (
    (type !== "Functional" && type !== "Model") ||
    !linked ||
    !only(input, chain[0]) ||
    !only(output, chain.at(-1))
  ) {
    unsupported();
  }
  return chain;
}

/**
 * Refuse a model that this engine could not run exactly. Nobody is told why: TensorFlow.js is tried
 * next.
 */
export function unsupported(): never {
  return fail("unsupported", "A model must be known", "another");
}
