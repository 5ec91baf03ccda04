// TensorFlow.js as an engine. This file is small; it fetches the parts of TensorFlow.js that a model needs.
import type { Answer, Backend, Program, ProgramModule } from "./program.ts";
import { functionalConfig, refuse } from "./topology.ts";
import { arriving } from "../download.ts";
import { fail, ModelError } from "../errors.ts";
import { asRecord, sizeOf } from "../json.ts";
import type { Format } from "../manifest.ts";
import type { Engine } from "../types.ts";

/** The layers in layers.ts. For a model with any other, layers-all.ts is fetched instead. */
const COMMON = new RegExp(
  "^(InputLayer|Dense|Dropout|Activation|Flatten|Reshape|Permute|RepeatVector|SpatialDropout1D|Masking|Rescaling" +
    "|((Depthwise|Separable)?Conv[123]D|Conv[23]DTranspose|UpSampling2D|ZeroPadding2D|Cropping[12]D)" +
    "|(Global)?(Max|Average)Pooling[123]D|(Batch|Layer)Normalization|Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply" +
    "|Softmax|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU)$",
);

/** A prediction that takes at most this long keeps up with drawing; trying a faster backend costs 63 kB or more. */
const FAST_MS = 50;
/**
 * This many slow predictions in a row are not a coincidence; one that takes four times as long counts as all of them.
 */
const SLOW_RUNS = 3;
/** Between backends: all use float32, with another order of additions and other exponentials. Worst seen: 3e-6. */
const AGREEMENT = 1e-4;

/** The rest of the work, to be done once the weights have arrived. */
export type Finish = (data: Uint8Array) => Promise<TfjsEngine>;

export interface TfjsEngine extends Engine {
  /** Where the next prediction will run. */
  readonly backend: Backend;
}

/**
 * Fetch what a stock TensorFlow.js model needs of TensorFlow.js.
 *
 * @param modelJson The parsed `model.json`.
 * @throws ModelError `network`: a part could not be downloaded; `unsupported`: a topology that it cannot run. The
 *   function that is returned throws `unsupported` too, and `integrity`: weights that are damaged or do not fit the
 *   model.
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
  const { layers } = functionalConfig(asRecord(modelJson)["modelTopology"]);
  return layers.every(({ class_name: type }) => COMMON.test(type)) ? import("./layers.ts") : import("./layers-all.ts");
}

/**
 * How to load each backend's common kernels, which for the CPU come with the program; and all its kernels, if in
 * another part.
 */
const kernels: Readonly<Record<Backend, readonly [() => Promise<unknown>, (() => Promise<unknown>)?]>> = {
  cpu: [() => Promise.resolve(), () => import("./cpu-all.ts")],
  webgl: [() => import("./webgl.ts"), () => import("./webgl-all.ts")],
  wasm: [() => import("./wasm.ts").then(({ ready }) => ready())],
};

/** A model on a backend, and how it performed there. */
interface Trial {
  readonly program: Program;
  readonly answer: Answer;
  /** Of one prediction, not the first. */
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
      tools.use("cpu"); // a backend that failed to start must not remain the current one
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

/** The backend that predicts instead of the CPU. */
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
  /**
   * Backends that may be faster than the CPU, in the order in which they are tried; one that fails is not tried again.
   */
  const others = new Set<Backend>(["webgl", "wasm"]);
  let trying = false;
  let slowRuns = 0;

  const predict = (program: Program, backend: Backend, input: Float32Array): ReturnType<typeof timed> =>
    exclusive(async () => {
      if (!live) fail("input", "A model must not be used after dispose()", "disposed");
      tools.use(backend);
      const result = await timed(program, input);
      return tools.gpuIsReliable() && result.answer.values.every(Number.isFinite)
        ? result
        : refuse("results within float32's range", "an overflow");
    });
  const dispose = (loaded: Pick<Taken, "program"> | null): void => {
    if (loaded) void exclusive(loaded.program.dispose);
  };
  /** Choose the fastest backend that agrees with the CPU. Meanwhile the CPU goes on answering. */
  const tryOthers = async (input: Float32Array, onCpu: { answer: Answer; ms: number }): Promise<void> => {
    let best: (Taken & { readonly ms: number }) | null = null;
    for (const backend of others) {
      if (!live || (best && best.ms <= FAST_MS)) break;
      const trial = await open(backend, input).catch(() => null); // no GPU, or compiling is forbidden: another one may work
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
      const example = input.slice(); // it may have to wait, while the caller changes the drawing
      const used = taken;
      // If the chosen backend fails, for whatever reason, the CPU answers.
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
/** Run tasks one at a time: TensorFlow.js has a single current backend for all models. */
function exclusive<T>(task: () => T | Promise<T>): Promise<T> {
  const result = last.then(task);
  last = result.catch(() => undefined);
  return result;
}

const fetched = <T>(part: Promise<T>): Promise<T> => arriving("A part of TensorFlow.js", () => part);

/** Turn whatever TensorFlow.js threw into the one error that callers know. */
function refusal(error: unknown): never {
  if (error instanceof ModelError) throw error;
  return fail("unsupported", "TensorFlow.js must be able to run the model", error, error);
}
