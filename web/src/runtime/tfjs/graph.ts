// Graph-models, run by TensorFlow.js' converter.
import { dispose, type io, type ModelTensorInfo, type NamedTensorMap } from "@tensorflow/tfjs-core";
import { ExecutionContext } from "@tensorflow/tfjs-converter/dist/executor/execution_context.js";
import { GraphExecutor } from "@tensorflow/tfjs-converter/dist/executor/graph_executor.js";
import { GraphModel } from "@tensorflow/tfjs-converter/dist/executor/graph_model.js";
import "@tensorflow/tfjs-converter/dist/flags.js";
import { keep, readResults, tidy, tools, toTensor, type Tensor } from "./core.ts";
import { LARGEST, type Batch, type Port, type Program } from "./program.ts";
import { refuse } from "./topology.ts";
import { checkWeights } from "./weights.ts";
import { asRecord, isShape, sizeOf } from "../json.ts";

export { tools };

/**
 * Limit of all loops and functions in one prediction: a sequence of thousands. TensorFlow.js would
 * go on for ever.
 */
const MOST_TURNS = 10_000;
let turns = 0;
counted(ExecutionContext.prototype, "nextIteration");
counted(GraphExecutor.prototype, "executeFunctionAsync");

/** Make a method count turns. Predictions run one at a time. */
function counted<Name extends string>(
  prototype: Readonly<Record<Name, unknown>>,
  name: Name,
): void {
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
export function open(modelJson: unknown, data: Uint8Array, free = false): Program {
  const { specs, data: weightData } = checkWeights(modelJson, data);
  const artifacts: io.ModelArtifacts = {
    ...asRecord(modelJson),
    weightSpecs: [...specs],
    weightData,
  };
  const model = new GraphModel<string | io.IOHandlerSync>({ load: () => artifacts });
  tidy(() => {
    void model.load(); // synchronous, because its handler is
    for (const tensors of Object.values(model.weights)) tensors.forEach(keep);
  });
  try {
    if (!free) checkOneExample(model);
    return program(model, asRecord(asRecord(modelJson)["signature"]));
  } catch (error) {
    model.dispose();
    throw error;
  }
}

type Graph = GraphModel<string | io.IOHandlerSync>;

function checkOneExample({ inputs, outputs, inputNodes }: Graph): void {
  const [input, ...more] = inputs;
  if (!input || more.length > 0 || outputs.length !== 1)
    return refuse("one input and one output", inputNodes);
  const [batch, ...example] = input.shape ?? [];
  const lengths = [batch === -1 ? 1 : batch, ...example];
  if (!isShape(lengths) || sizeOf(lengths) > LARGEST)
    refuse("an input of fixed lengths", input.shape);
}

function program(model: Graph, signature: Readonly<Record<string, unknown>>): Program {
  const { graph } = (
    model as unknown as { executor: { graph: { nodes: Record<string, { category: string }> } } }
  ).executor;
  const waits = Object.values(graph.nodes).some(
    ({ category }) => category === "control" || category === "dynamic",
  );
  const { inputs, outputs } = model;
  const feed = (batches: readonly Batch[]): NamedTensorMap =>
    Object.fromEntries(
      inputs.map(({ name, dtype }, index) => [name, toTensor(batches[index]!, dtype)]),
    );
  return {
    inputs: inputs.map((input) => port(input, signature["inputs"])),
    outputs: outputs.map((output) => port(output, signature["outputs"])),
    async run(batches) {
      if (!waits) return readResults(tidy<Tensor | Tensor[]>(() => model.execute(feed(batches))));
      const given = feed(batches);
      turns = 0;
      try {
        return await readResults(await model.executeAsync(given));
      } finally {
        dispose(given);
      }
    },
    dispose() {
      model.dispose();
    },
  };
}

/** Nodes can be called Identity_2; the model's signature has the names that people know. */
function port({ name, shape, dtype }: ModelTensorInfo, signature: unknown): Port {
  const known = Object.entries(asRecord(signature)).find(([, node]) => {
    const { name: named } = asRecord(node);
    return named === name || named === `${name}:0`;
  });
  const lengths = shape?.map((length) => (length === -1 ? null : length)) ?? null;
  return { name: known?.[0] ?? name, shape: lengths, dtype };
}
