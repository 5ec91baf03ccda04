// TensorFlow.js behind the interface of an engine. This file is small; what a model needs of TensorFlow.js is fetched.
import type { Answer, Backend, Program, ProgramModule } from "./program.ts";
import { functionalConfig, refuse } from "./topology.ts";
import { fail, ModelError } from "../errors.ts";
import { fields, sizeOf } from "../json.ts";
import type { Format } from "../manifest.ts";
import type { Engine } from "../types.ts";

/** Layers in layers.ts. With any other one, layers-all.ts is fetched in its place. */
const COMMON = new RegExp(
  "^(InputLayer|Dense|Dropout|Activation|Flatten|Reshape|Permute|RepeatVector|SpatialDropout1D|Masking|Rescaling" +
    "|((Depthwise|Separable)?Conv[123]D|Conv[23]DTranspose|UpSampling2D|ZeroPadding2D|Cropping[12]D)" +
    "|(Global)?(Max|Average)Pooling[123]D|(Batch|Layer)Normalization|Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply" +
    "|Softmax|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU)$",
);

/** A prediction that takes this many milliseconds keeps up with drawing; what might be faster costs 63 kB or more to try. */
const FAST_MS = 50;
/** So many slow predictions in a row are no accident; a single one counts as all when it takes four times as long. */
const SLOW_RUNS = 3;
/** Between backends: all in float32, with another order of additions and other exponentials. 3e-6 was seen. */
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
    return createEngine(module, await open("cpu"), open);
  };
}

function program(route: Format["route"], modelJson: unknown): Promise<ProgramModule> {
  if (route === "graph") return import("./graph.ts");
  const { layers } = functionalConfig(fields(modelJson)["modelTopology"]);
  return layers.every(({ class_name: type }) => COMMON.test(type)) ? import("./layers.ts") : import("./layers-all.ts");
}

/** Each backend's common kernels, which the CPU's programs bring along, and all of them where that is another part. */
const kernels: Readonly<Record<Backend, readonly [() => Promise<unknown>, (() => Promise<unknown>)?]>> = {
  cpu: [() => Promise.resolve(), () => import("./cpu-all.ts")],
  webgl: [() => import("./webgl.ts"), () => import("./webgl-all.ts")],
  wasm: [() => import("./wasm.ts").then(({ ready }) => ready())],
};

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
      if (!tools.gpuIsReliable()) throw new Error(`The backend ${backend} must compute in float32`);
      program = open();
      const input = example ?? new Float32Array(sizeOf(program.inputShape)).fill(0.5);
      if (backend !== "cpu") await program.run(input); // it compiles
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
    if (!all || !/Kernel '.*' not registered/.test(String(error))) return refusal(error);
  }
  await fetched(all());
  return exclusive(trial).catch(refusal);
}

async function timed(program: Program, input: Float32Array): Promise<{ answer: Answer; ms: number }> {
  const before = performance.now();
  const answer = await program.run(input);
  return { answer, ms: performance.now() - before };
}

/** What predicts in place of the CPU. */
interface Taken {
  readonly backend: Backend;
  readonly program: Program;
}

/** @param open Loads the model on a backend and predicts an example there. */
function createEngine(
  { tools }: ProgramModule,
  { program: cpu, answer }: Trial,
  open: (backend: Backend, example: Float32Array) => Promise<Trial>,
): TfjsEngine {
  const { inputShape } = cpu;
  const [batch, ...outputShape] = answer.shape;
  if (batch !== 1 || !answer.values.every(Number.isFinite)) {
    void exclusive(cpu.dispose);
    return refuse("one finite result for one example", answer.shape);
  }
  let live = true;
  let taken: Taken | null = null;
  /** Those that may be faster than the CPU, in the order in which they are tried; one that fails is tried no more. */
  const others = new Set<Backend>(["webgl", "wasm"]);
  let trying = false;
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
  const dispose = (loaded: Pick<Taken, "program"> | null): void => {
    if (loaded) void exclusive(loaded.program.dispose);
  };
  /** Take the backend that answers as the CPU has done, and soonest. The CPU goes on answering meanwhile. */
  const tryOthers = async (input: Float32Array, onCpu: { answer: Answer; ms: number }): Promise<void> => {
    let best: (Taken & { readonly ms: number }) | null = null;
    for (const backend of others) {
      if (!live || (best && best.ms <= FAST_MS)) break;
      const trial = await open(backend, input).catch(() => null); // no GPU, no leave to compile: others may do
      const close = trial?.answer.values.every((x, i) => Math.abs(x - onCpu.answer.values[i]!) <= AGREEMENT);
      if (!trial || !close || trial.ms >= onCpu.ms) others.delete(backend);
      if (trial && others.has(backend) && !(best && best.ms <= trial.ms)) {
        dispose(best);
        best = { backend, program: trial.program, ms: trial.ms };
      } else {
        dispose(trial);
      }
    }
    if (live) taken = best;
    else dispose(best);
  };

  return {
    inputShape,
    outputShape,
    linear: null,
    get backend() {
      return taken?.backend ?? "cpu";
    },
    async run(input) {
      if (input.length !== sizeOf(inputShape) || !input.every(Number.isFinite)) {
        fail("input", `The input must be ${sizeOf(inputShape)} finite numbers`, `${input.length} numbers`);
      }
      const example = input.slice(); // it may wait, and the caller may go on drawing
      const used = taken;
      // Whatever the fault of the one that was taken is, the CPU answers.
      const fast = used && (await predict(used.program, used.backend, example).catch(() => null));
      if (used && !fast && taken === used) {
        others.delete(used.backend);
        taken = null;
        dispose(used);
      }
      const result = fast ?? (await predict(cpu, "cpu", example).catch(refusal));
      if (!fast && !trying && others.size > 0) {
        slowRuns = result.ms <= FAST_MS ? 0 : result.ms <= 4 * FAST_MS ? slowRuns + 1 : SLOW_RUNS;
        if (slowRuns >= SLOW_RUNS) {
          slowRuns = 0;
          trying = true;
          void tryOthers(example, result).finally(() => (trying = false));
        }
      }
      return { probabilities: result.answer.values, logits: null };
    },
    dispose() {
      if (!live) return;
      live = false;
      dispose({ program: cpu });
      dispose(taken);
      taken = null;
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
