// Graph-models, run by TensorFlow.js' converter.
import type { DataType, io } from "@tensorflow/tfjs-core";
import { ExecutionContext } from "@tensorflow/tfjs-converter/dist/executor/execution_context.js";
import { GraphExecutor } from "@tensorflow/tfjs-converter/dist/executor/graph_executor.js";
import { GraphModel } from "@tensorflow/tfjs-converter/dist/executor/graph_model.js";
import "@tensorflow/tfjs-converter/dist/flags.js";
import { batchOfOne, keep, readAnswer, tidy, tools, type Tensor } from "./core.ts";
import { LARGEST, type Program } from "./program.ts";
import { refuse } from "./topology.ts";
import { checkWeights } from "./weights.ts";
import { asRecord, isShape, sizeOf } from "../json.ts";

export { tools };

/** Of all loops and functions in one prediction: a sequence of thousands. TensorFlow.js would go on for ever. */
const MOST_TURNS = 10_000;
let turns = 0;
counted(ExecutionContext.prototype, "nextIteration");
counted(GraphExecutor.prototype, "executeFunctionAsync");

/** Make a method count turns. Predictions run one at a time. */
function counted<Name extends string>(prototype: Readonly<Record<Name, unknown>>, name: Name): void {
  const method = prototype[name] as (...all: unknown[]) => unknown;
  Object.defineProperty(prototype, name, {
    value(this: unknown, ...all: unknown[]) {
      turns += 1;
      if (turns > MOST_TURNS) refuse(`loops that end within ${MOST_TURNS} turns`, turns);
      return method.apply(this, all);
    },
  });
}

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
      turns = 0;
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
