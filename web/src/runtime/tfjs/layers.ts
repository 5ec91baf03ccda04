// Layers-models of common layers, run by TensorFlow.js' own layers, without the code for training.
import { serialization } from "@tensorflow/tfjs-core";
import { Container } from "@tensorflow/tfjs-layers/dist/engine/container.js";
import { execute, FeedDict } from "@tensorflow/tfjs-layers/dist/engine/executor.js";
import { Layer, type SymbolicTensor } from "@tensorflow/tfjs-layers/dist/engine/topology.js";
import "@tensorflow/tfjs-layers/dist/layers/advanced_activations.js";
import "@tensorflow/tfjs-layers/dist/layers/convolutional.js";
import "@tensorflow/tfjs-layers/dist/layers/convolutional_depthwise.js";
import "@tensorflow/tfjs-layers/dist/layers/core.js";
import "@tensorflow/tfjs-layers/dist/layers/merge.js";
import "@tensorflow/tfjs-layers/dist/layers/normalization.js";
import "@tensorflow/tfjs-layers/dist/layers/padding.js";
import "@tensorflow/tfjs-layers/dist/layers/pooling.js";
import "@tensorflow/tfjs-layers/dist/layers/preprocessing/image_preprocessing.js";
import { convertPythonicToTs } from "@tensorflow/tfjs-layers/dist/utils/serialization_utils.js";
import { collectVariables, readResults, tidy, tools, toTensor, type Tensor } from "./core.ts";
import { LARGEST, type Port, type Program } from "./program.ts";
import { functionalConfig, refuse } from "./topology.ts";
import { checkWeights, finiteTensors, type Weights } from "./weights.ts";
import { fail, ModelError } from "../errors.ts";
import { asRecord, isShape, sizeOf } from "../json.ts";

export { tools };

/** A model without the methods for training. */
class Chain extends Container {
  static readonly className = "Model";
}

/** See `ProgramModule`. */
export function open(modelJson: unknown, data: Uint8Array, free = false): Program {
  const weights = checkWeights(modelJson, data);
  const config = functionalConfig(asRecord(modelJson)["modelTopology"], free);
  const { classNameMap: classes } = serialization.SerializationMap.getMap();
  for (const { class_name: type } of config.layers) {
    if (!Object.hasOwn(classes, type)) refuse("layers that it has", type);
  }
  const { result: model, dispose } = collectVariables(() => {
    const model = withinLimit(weights.count, () => build(config, free));
    fill(model, weights);
    return model;
  });
  const { inputs, outputs } = model;
  return {
    inputs: inputs.map(port),
    outputs: outputs.map(port),
    run(batches) {
      const answer = tidy(() => {
        const feeds = inputs.map((key, index) => ({
          key,
          value: toTensor(batches[index]!, key.dtype),
        }));
        return execute(outputs, new FeedDict(feeds));
      });
      return readResults(answer as Tensor[]);
    },
    dispose,
  };
}

const port = ({ name, shape, dtype }: SymbolicTensor): Port => ({ name, shape, dtype });

function build(config: object, free: boolean): Chain {
  const model = Container.fromConfig<Chain>(
    Chain,
    convertPythonicToTs(config as never) as never,
    {},
    true,
  );
  const { inputs, layers } = model;
  const tensors = layers.flatMap(({ inboundNodes }) =>
    inboundNodes.flatMap(({ outputTensors }) => outputTensors),
  );
  let numbers = 0;
  for (const { name, shape } of [...inputs, ...tensors] as SymbolicTensor[]) {
    const [batch, ...example] = shape;
    const lengths = [batch ?? 1, ...example];
    if (!free && !isShape(lengths)) return refuse(`fixed lengths of ${name}`, shape);
    numbers += sizeOf(lengths.map((length) => length ?? 1));
    if (numbers > LARGEST) refuse(`at most ${LARGEST} numbers in all layers together`, numbers);
  }
  return model;
}

/**
 * Layers request their variables while they are built: together these may not be larger than what
 * the file holds.
 */
function withinLimit<T>(limit: number, build: () => T): T {
  const { addWeight } = Layer.prototype as unknown as { addWeight: (...rest: unknown[]) => never };
  const guard = Layer.prototype as unknown as { addWeight: unknown };
  let left = limit;
  guard.addWeight = function (
    this: Layer,
    name: string,
    shape: number[],
    ...rest: unknown[]
  ): never {
    left -= sizeOf(shape);
    // Written so that NaN fails too.
    if (!(left >= 0))
      fail("integrity", `The file must hold the weights of ${this.name}`, `${limit} numbers`);
    return addWeight.call(this, name, shape, ...rest);
  };
  try {
    return build();
  } finally {
    guard.addWeight = addWeight;
  }
}

function fill(model: Chain, weights: Weights): void {
  try {
    model.loadWeights(finiteTensors(weights));
  } catch (error) {
    if (error instanceof ModelError) throw error;
    fail("integrity", "Each layer must have its weights", error, error);
  }
}
