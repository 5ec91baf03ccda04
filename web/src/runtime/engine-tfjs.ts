// TensorFlow.js behind the interface of an engine. This file is small; what a model needs of TensorFlow.js is fetched.
import type { Answer, Backend, Program, ProgramModule } from "./engine-tfjs-program.ts";
import { functionalConfig, refuse } from "./engine-tfjs-topology.ts";
import { fail, ModelError } from "./errors.ts";
import { fields, sizeOf } from "./json.ts";
import type { Format } from "./manifest.ts";
import type { Engine } from "./types.ts";

/** Layers in engine-tfjs-layers.ts. With any other one, engine-tfjs-layers-all.ts is fetched in its place. */
const COMMON = new RegExp(
  "^(InputLayer|Dense|Dropout|Activation|Flatten|Reshape|Permute|RepeatVector|SpatialDropout1D|Masking|Rescaling" +
    "|((Depthwise|Separable)?Conv[123]D|Conv[23]DTranspose|UpSampling2D|ZeroPadding2D|Cropping[12]D)" +
    "|(Global)?(Max|Average)Pooling[123]D|(Batch|Layer)Normalization|Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply" +
    "|Softmax|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU)$",
);

/** Time for one prediction, in milliseconds, that nobody notices while drawing: then no other backend is looked for. */
const FAST_MS = 20;
/** Between CPU and GPU: both in float32, with another order of additions and other exponentials. 3e-6 was seen. */
const AGREEMENT = 1e-4;

/** The rest of the work, once the weights have arrived. */
export type Finish = (data: Uint8Array) => Promise<Engine>;

/**
 * Fetch what a stock TensorFlow.js model needs of TensorFlow.js.
 *
 * @param modelJson The parsed `model.json`.
 * @throws ModelError `network`: a part could not be downloaded; `unsupported`: a topology that it cannot run. What is returned
 *   throws `unsupported` too, and `integrity`: weights that are damaged or do not fit the model.
 */
export async function prepareTfjs(route: Format["route"], modelJson: unknown): Promise<Finish> {
  const module = await fetched(program(route, modelJson));
  return async (data) => {
    const cpu = await attempt(module, "cpu", modelJson, data);
    const faster = cpu.ms > FAST_MS ? await tryGpu(module, cpu, modelJson, data) : null;
    if (!faster) return createEngine(module, cpu, null);
    void exclusive(cpu.program.dispose);
    return createEngine(module, faster, () => attempt(module, "cpu", modelJson, data));
  };
}

function program(route: Format["route"], modelJson: unknown): Promise<ProgramModule> {
  if (route === "graph") return import("./engine-tfjs-graph.ts");
  const { layers } = functionalConfig(fields(modelJson)["modelTopology"]);
  return layers.every(({ class_name: type }) => COMMON.test(type))
    ? import("./engine-tfjs-layers.ts")
    : import("./engine-tfjs-layers-all.ts");
}

/** Each backend's common kernels, which the CPU's programs bring along, and all of them. */
const kernels = {
  cpu: [() => Promise.resolve({}), () => import("./engine-tfjs-cpu-all.ts")],
  webgl: [() => import("./engine-tfjs-webgl.ts"), () => import("./engine-tfjs-webgl-all.ts")],
} as const;

/** A model on a backend, and how it did there. */
interface Trial {
  readonly backend: Backend;
  readonly program: Program;
  readonly answer: Answer;
  /** For one prediction. */
  readonly ms: number;
}

/** Load the model on a backend and predict with it. */
async function attempt(module: ProgramModule, backend: Backend, modelJson: unknown, data: Uint8Array): Promise<Trial> {
  const { start, use } = module.tools;
  const [common, all] = kernels[backend];
  await fetched(common());
  const run = async (): Promise<Trial> => {
    await start(backend);
    let program: Program | null = null;
    try {
      program = module.open(modelJson, data);
      return { backend, program, ...(await measured(program, backend)) };
    } catch (error) {
      program?.dispose();
      throw error;
    } finally {
      use("cpu"); // so that no backend which failed to start stays in use
    }
  };
  try {
    return await exclusive(run);
  } catch (error) {
    if (!/Kernel '.*' not registered/.test(String(error))) return refusal(error);
  }
  await fetched(all());
  return exclusive(run).catch(refusal);
}

/** One prediction; a second one where the first may have been slow because it was the first. */
async function measured(program: Program, backend: Backend): Promise<{ answer: Answer; ms: number }> {
  const size = sizeOf(program.inputShape);
  // Numbers in 0..1 as pixels are, all different: alike on every backend.
  const probe = Float32Array.from({ length: size }, (_, index) => (index * 0.6180339887) % 1);
  const run = async (): Promise<{ answer: Answer; ms: number }> => {
    const before = performance.now();
    const answer = await program.run(probe);
    return { answer, ms: performance.now() - before };
  };
  const first = await run();
  const slow = 10 * FAST_MS; // so slow on the CPU that compiling is the least of it
  return first.ms > FAST_MS && (backend !== "cpu" || first.ms < slow) ? run() : first;
}

/** The model on the GPU, where there is one that answers as the CPU does, and sooner. */
async function tryGpu(module: ProgramModule, cpu: Trial, modelJson: unknown, data: Uint8Array): Promise<Trial | null> {
  let gpu: Trial;
  try {
    gpu = await attempt(module, "webgl", modelJson, data);
  } catch {
    return null; // no GPU, or one that fails: the CPU has answered already
  }
  const { tools } = module;
  const trusted = await exclusive(() => {
    tools.use("webgl");
    return Promise.resolve(tools.gpuIsReliable());
  });
  const close = gpu.answer.values.every((value, i) => Math.abs(value - cpu.answer.values[i]!) <= AGREEMENT);
  if (trusted && close && gpu.ms < cpu.ms) return gpu;
  void exclusive(gpu.program.dispose);
  return null;
}

/** @param onCpu Loads the model anew on the CPU, for the day when the GPU fails; null when it is there already. */
function createEngine({ tools }: ProgramModule, trial: Trial, onCpu: (() => Promise<Trial>) | null): Engine {
  const { inputShape } = trial.program;
  const [batch, ...outputShape] = trial.answer.shape;
  let current: { readonly program: Program; readonly backend: Backend } | null = trial;
  const dispose = (): void => {
    if (current) void exclusive(current.program.dispose);
    current = null;
  };
  if (batch !== 1 || !trial.answer.values.every(Number.isFinite)) {
    dispose();
    return refuse("one finite result for one example", trial.answer.shape);
  }

  const predict = (input: Float32Array): Promise<Float32Array> =>
    exclusive(async () => {
      const { program, backend } = current ?? disposed();
      tools.use(backend);
      const { values } = await program.run(input);
      return tools.gpuIsReliable() && values.every(Number.isFinite)
        ? values
        : refuse("results within float32's range", "an overflow");
    });
  let moving: Promise<void> | null = null;
  const leaveGpu = async (reload: () => Promise<Trial>): Promise<void> => {
    const trial = await reload();
    if (current) void exclusive(current.program.dispose);
    else void exclusive(trial.program.dispose);
    current &&= trial;
  };

  return {
    inputShape,
    outputShape,
    linear: null,
    async run(input) {
      if (input.length !== sizeOf(inputShape) || !input.every(Number.isFinite)) {
        fail("input", `The input must be ${sizeOf(inputShape)} finite numbers`, `${input.length} numbers`);
      }
      const example = input.slice(); // it may wait, and the caller may go on drawing
      const probabilities = await predict(example).catch(async (error: unknown) => {
        if (!current || !onCpu) return refusal(error);
        await (moving ??= leaveGpu(onCpu));
        return predict(example).catch(refusal);
      });
      return { probabilities, logits: null };
    },
    dispose,
  };
}

const disposed = (): never => fail("input", "The model must not be disposed of before its last use", "disposed");

let last: Promise<unknown> = Promise.resolve();
/** One after the other: TensorFlow.js has one backend in use at a time, for all models. */
function exclusive<T>(task: () => T | Promise<T>): Promise<T> {
  const result = last.then(task);
  last = result.catch(() => undefined);
  return result;
}

const fetched = <T>(part: Promise<T>): Promise<T> =>
  part.catch((error: unknown) => fail("network", "A part of TensorFlow.js must be downloadable", error, error));

/** Whatever TensorFlow.js threw, by the one name that callers know. */
function refusal(error: unknown): never {
  if (error instanceof ModelError) throw error;
  return fail("unsupported", "TensorFlow.js must be able to run the model", error, error);
}
