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

/** A prediction that takes this many milliseconds keeps up with drawing, and the GPU costs 63 kB and a second of compiling. */
const FAST_MS = 50;
/** So many slow predictions in a row are no accident; a single one counts as all when it takes four times as long. */
const SLOW_RUNS = 3;
/** Between CPU and GPU: both in float32, with another order of additions and other exponentials. 3e-6 was seen. */
const AGREEMENT = 1e-4;

/** The rest of the work, once the weights have arrived. */
export type Finish = (data: Uint8Array) => Promise<TfjsEngine>;

export interface TfjsEngine extends Engine {
  /** Where the next prediction will run. */
  readonly backend: Backend;
}

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
    const open = (backend: Backend, example?: Float32Array): Promise<Trial> =>
      attempt(module, backend, () => module.open(modelJson, data), example);
    return createEngine(module, await open("cpu"), (example) => open("webgl", example));
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
  readonly program: Program;
  readonly answer: Answer;
  /** For one prediction, the first one aside. */
  readonly ms: number;
}

/** Load the model on a backend and predict with it. */
async function attempt(
  { tools }: ProgramModule,
  backend: Backend,
  open: () => Program,
  example?: Float32Array,
): Promise<Trial> {
  const [common, all] = kernels[backend];
  await fetched(common());
  const trial = async (): Promise<Trial> => {
    let program: Program | null = null;
    try {
      await tools.start(backend);
      program = open();
      const input = example ?? new Float32Array(sizeOf(program.inputShape)).fill(0.5);
      if (backend === "webgl") await program.run(input); // it compiles
      return { program, ...(await timed(program, input)) };
    } catch (error) {
      program?.dispose();
      throw error;
    } finally {
      tools.use("cpu"); // a backend that failed to start must not stay in use
    }
  };
  try {
    return await exclusive(trial);
  } catch (error) {
    if (!/Kernel '.*' not registered/.test(String(error))) return refusal(error);
  }
  await fetched(all());
  return exclusive(trial).catch(refusal);
}

async function timed(program: Program, input: Float32Array): Promise<{ answer: Answer; ms: number }> {
  const before = performance.now();
  const answer = await program.run(input);
  return { answer, ms: performance.now() - before };
}

/** @param openGpu Loads the model on the GPU and predicts an example there. */
function createEngine(
  { tools }: ProgramModule,
  { program: cpu, answer }: Trial,
  openGpu: (example: Float32Array) => Promise<Trial>,
): TfjsEngine {
  const { inputShape } = cpu;
  const [batch, ...outputShape] = answer.shape;
  if (batch !== 1 || !answer.values.every(Number.isFinite)) {
    void exclusive(cpu.dispose);
    return refuse("one finite result for one example", answer.shape);
  }
  let live = true;
  let gpu: Program | null = null;
  let slowRuns = 0;

  const predict = (program: Program, backend: Backend, input: Float32Array): ReturnType<typeof timed> =>
    exclusive(async () => {
      if (!live) fail("input", "The model must not be disposed of before its last use", "disposed");
      tools.use(backend);
      const result = await timed(program, input);
      return tools.gpuIsReliable() && result.answer.values.every(Number.isFinite)
        ? result
        : refuse("results within float32's range", "an overflow");
    });
  const leaveGpu = (program: Program): null => {
    if (gpu === program) gpu = null;
    void exclusive(program.dispose);
    return null;
  };
  /** Take the GPU where it answers as the CPU has done, and sooner. It is tried once, while the CPU goes on answering. */
  const tryGpu = async (input: Float32Array, onCpu: { answer: Answer; ms: number }): Promise<void> => {
    const { program, answer, ms } = await openGpu(input);
    const close = answer.values.every((value, i) => Math.abs(value - onCpu.answer.values[i]!) <= AGREEMENT);
    if (live && close && ms < onCpu.ms) gpu = program;
    else leaveGpu(program);
  };

  return {
    inputShape,
    outputShape,
    linear: null,
    get backend() {
      return gpu ? "webgl" : "cpu";
    },
    async run(input) {
      if (input.length !== sizeOf(inputShape) || !input.every(Number.isFinite)) {
        fail("input", `The input must be ${sizeOf(inputShape)} finite numbers`, `${input.length} numbers`);
      }
      const example = input.slice(); // it may wait, and the caller may go on drawing
      const program = gpu;
      // Whatever the GPU's fault is, the CPU answers.
      const fast = program
        ? await predict(program, "webgl", example).catch(() => (live ? leaveGpu(program) : null))
        : null;
      const result = fast ?? (await predict(cpu, "cpu", example).catch(refusal));
      if (!fast && slowRuns < SLOW_RUNS) {
        slowRuns = result.ms <= FAST_MS ? 0 : result.ms <= 4 * FAST_MS ? slowRuns + 1 : SLOW_RUNS;
        // No GPU, or one that fails: the CPU has answered.
        if (slowRuns >= SLOW_RUNS) void tryGpu(example, result).catch(() => undefined);
      }
      return { probabilities: result.answer.values, logits: null };
    },
    dispose() {
      if (!live) return;
      live = false;
      void exclusive(cpu.dispose);
      if (gpu) leaveGpu(gpu);
    },
  };
}

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
