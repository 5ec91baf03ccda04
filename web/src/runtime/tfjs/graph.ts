// Graph-models, run by TensorFlow.js' converter.
import type { DataType, io } from "@tensorflow/tfjs-core";
import { GraphModel } from "@tensorflow/tfjs-converter/dist/executor/graph_model.js";
import "@tensorflow/tfjs-converter/dist/flags.js";
import { batchOfOne, keep, readAnswer, tidy, tools, type Tensor } from "./core.ts";
import { LARGEST, type Program } from "./program.ts";
import { refuse } from "./topology.ts";
import { checkWeights } from "./weights.ts";
import { asRecord, isShape, sizeOf } from "../json.ts";

export { tools };

/** See `ProgramModule`. */
export function open(modelJson: unknown, data: Uint8Array): Program {
  const { specs, data: weightData } = checkWeights(modelJson, data);
  const artifacts: io.ModelArtifacts = { ...asRecord(modelJson), weightSpecs: [...specs], weightData };
  const model = new GraphModel<string | io.IOHandlerSync>({ load: () => artifacts });
  tidy(() => {
    void model.load(); // synchronous, because its handler is
    for (const tensors of Object.values(model.weights)) tensors.forEach(keep);
  });
  try {
    const [input, ...more] = model.inputs;
    if (!input || more.length > 0 || model.outputs.length !== 1)
      return refuse("one input and one output", model.inputNodes);
    const [batch, ...inputShape] = input.shape ?? [];
    if ((batch !== -1 && batch !== 1) || !isShape(inputShape) || sizeOf(inputShape) > LARGEST) {
      return refuse("an input with a free batch axis and fixed lengths", input.shape);
    }
    return program(model, inputShape, input.dtype);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function program(
  model: GraphModel<string | io.IOHandlerSync>,
  inputShape: readonly number[],
  dtype: DataType,
): Program {
  const { graph } = (model as unknown as { executor: { graph: { nodes: Record<string, { category: string }> } } })
    .executor;
  const waits = Object.values(graph.nodes).some(({ category }) => category === "control" || category === "dynamic");
  return {
    inputShape,
    async run(example) {
      if (!waits) return readAnswer(tidy(() => model.execute(batchOfOne(example, inputShape, dtype)) as Tensor));
      const input = batchOfOne(example, inputShape, dtype);
      try {
        return await readAnswer((await model.executeAsync(input)) as Tensor);
      } finally {
        input.dispose();
      }
    },
    dispose() {
      model.dispose();
    },
  };
}
