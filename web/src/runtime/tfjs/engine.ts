// TensorFlow.js as an engine. This file is small; it fetches the parts of TensorFlow.js that a
// model needs.
import type { Backend, Batch, Numbers, Port, Program, ProgramModule, Runner } from "./program.ts";
import { functionalConfig, refuse } from "./topology.ts";
import { arriving } from "../download.ts";
import { fail, ModelError } from "../errors.ts";
import { asRecord, sizeOf } from "../json.ts";
import type { Format } from "../manifest.ts";
import type { Engine, LoadOptions } from "../types.ts";

/** The layers in layers.ts. For a model with any other, layers-all.ts is fetched instead. */
const COMMON = new RegExp(
  "^(InputLayer|Dense|Dropout|Activation|Flatten|Reshape|Permute|RepeatVector|SpatialDropout1D|Masking|Rescaling" +
    "|((Depthwise|Separable)?Conv[123]D|Conv[23]DTranspose|UpSampling2D|ZeroPadding2D|Cropping[12]D)" +
    "|(Global)?(Max|Average)Pooling[123]D|(Batch|Layer)Normalization|Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply" +
    "|Softmax|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU)$",
);

/**
 * A prediction that takes at most this long keeps up with drawing; trying a faster backend costs 63
 * kB or more.
 */
const FAST_MS = 50;
/**
 * This many slow predictions in a row are not a coincidence; one that takes four times as long
 * counts as all of them.
 */
const SLOW_RUNS = 3;
/**
 * Between backends: all use float32, with another order of additions and other exponentials. Worst
 * seen: 3e-6.
 */
const AGREEMENT = 1e-4;
/**
 * How results are judged: whether a number can be one, and the least size to which differences are
 * relative.
 */
interface Judgement {
  readonly isValid: (result: number) => boolean;
  readonly least: number;
}
const PROBABILITIES: Judgement = { isValid: Number.isFinite, least: 1 };
/**
 * Where they cancel to nearly nothing, what remains is the rounding of the values before: as
 * `pipeline export` judges.
 */
const VALUES: Judgement = { isValid: () => true, least: 0.01 };

const NO_NUMBERS = "Give it another input: of nothing but padding, Keras makes NaN, too";

/** The rest of the work, to be done once the weights have arrived. */
export type Finish<Made = TfjsEngine> = (data: Uint8Array) => Promise<Made>;

export interface TfjsEngine extends Engine {
  readonly backend: Runner["backend"];
}

/**
 * Fetch what a stock TensorFlow.js model needs of TensorFlow.js.
 *
 * @param modelJson The parsed `model.json`; of other routes the options of `load`, with the runtime
 * of such files.
 * @throws ModelError `network`: a part could not be downloaded; `unsupported`: a topology that it
 * cannot run. The
 *   function that is returned throws `unsupported` too, and `integrity`: weights that are damaged
 * or do not fit the
 *   model.
 */
export async function prepareTfjs(route: Format["route"], modelJson: unknown): Promise<Finish> {
  if (isForeign(route)) {
    const finish = await prepareRunner(route, modelJson);
    return async (data) => {
      const runner = await finish(data);
      return createEngine(runner, { results: await runner.run(runner.inputs.map(grey)) });
    };
  }
  const module = await fetched(program(route, modelJson, false));
  return async (data) => {
    const open = (backend: Backend, example?: readonly Batch[]): Promise<Trial> =>
      attempt(module, backend, () => module.open(modelJson, data), example);
    const first = await open("cpu");
    return createEngine(createRunner(module, first.program, open, PROBABILITIES), first);
  };
}

/**
 * The same for a model with any inputs and outputs. It is not tried: what it needs is fetched when
 * it first runs.
 */
export async function prepareRunner(
  route: Format["route"],
  modelJson: unknown,
): Promise<Finish<Runner>> {
  if (isForeign(route)) {
    const { prepareForeign } = await fetched(import("./foreign.ts"));
    return prepareForeign(route, modelJson as LoadOptions);
  }
  const module = await fetched(program(route, modelJson, true));
  return async (data) => {
    const load = (): Program => module.open(modelJson, data, true);
    const cpu = await exclusive(async () => {
      await module.tools.start("cpu");
      return load();
    }).catch(refusal);
    return createRunner(
      module,
      cpu,
      (backend, example) => attempt(module, backend, load, example),
      VALUES,
    );
  };
}

const isForeign = (route: Format["route"]): route is "onnx" | "litert" =>
  route === "onnx" || route === "litert";

function program(
  route: Format["route"],
  modelJson: unknown,
  free: boolean,
): Promise<ProgramModule> {
  if (route === "graph") return import("./graph.ts");
  const { layers } = functionalConfig(asRecord(modelJson)["modelTopology"], free);
  return layers.every(({ class_name: type }) => COMMON.test(type))
    ? import("./layers.ts")
    : import("./layers-all.ts");
}

/**
 * How to load each backend's common kernels, which for the CPU come with the program; and all its
 * kernels, if in another part.
 */
const kernels: Readonly<
  Record<Backend, readonly [() => Promise<unknown>, (() => Promise<unknown>)?]>
> = {
  cpu: [() => Promise.resolve(), () => import("./cpu-all.ts")],
  webgl: [() => import("./webgl.ts"), () => import("./webgl-all.ts")],
  wasm: [() => import("./wasm.ts").then(({ ready }) => ready())],
};

/** A model on a backend, and how it performed there. */
interface Trial {
  readonly program: Program;
  readonly results: readonly Batch[];
  /** Time of one prediction, not the first. */
  readonly ms: number;
}

/** Load the model on a backend and predict with it. */
async function attempt(
  { tools }: ProgramModule,
  backend: Backend,
  open: () => Program,
  example?: readonly Batch[],
): Promise<Trial> {
  const [common] = kernels[backend];
  await fetched(common());
  return withKernels(backend, async () => {
    let program: Program | null = null;
    try {
      await tools.start(backend);
      if (!tools.gpuIsReliable()) throw new Error(`The backend ${backend} must compute in float32`);
      program = open();
      const input = example ?? program.inputs.map(grey);
      if (backend !== "cpu") await program.run(input); // it compiles
      return { program, ...(await timed(program, input)) };
    } catch (error) {
      program?.dispose();
      throw error;
    } finally {
      tools.use("cpu"); // a backend that failed to start must not remain the current one
    }
  });
}

/** Examples of a fixed size: one, unless the model takes so many at a time. */
function grey({ shape }: Port): Batch {
  const lengths = (shape ?? []).map((length) => length ?? 1);
  return { shape: lengths, values: new Float32Array(sizeOf(lengths)).fill(0.5) };
}

/** Run a task, once more with all kernels of the backend if it lacks one. */
async function withKernels<T>(backend: Backend, task: () => Promise<T>): Promise<T> {
  const [, all] = kernels[backend];
  try {
    return await exclusive(task);
  } catch (error) {
    if (!all || !/Kernel '.*' not registered/.test(String(error))) return refusal(error);
  }
  await fetched(all());
  return exclusive(task).catch(refusal);
}

async function timed(
  program: Program,
  input: readonly Batch[],
): Promise<{ results: readonly Batch[]; ms: number }> {
  const before = performance.now();
  const results = await program.run(input);
  return { results, ms: performance.now() - before };
}

/** The backend that predicts instead of the CPU. */
interface Taken {
  readonly backend: Backend;
  readonly program: Program;
}

/** @param open Loads the model on a backend and predicts an example there. */
function createRunner(
  { tools }: ProgramModule,
  cpu: Program,
  open: (backend: Backend, example: readonly Batch[]) => Promise<Trial>,
  { isValid, least }: Judgement,
): Runner {
  let live = true;
  let taken: Taken | null = null;
  /**
   * Backends that may be faster than the CPU, in the order in which they are tried; one that fails
   * is not tried again.
   */
  const others = new Set<Backend>(["webgl", "wasm"]);
  let trying = false;
  let slowRuns = 0;

  const predict = (
    program: Program,
    backend: Backend,
    input: readonly Batch[],
  ): ReturnType<typeof timed> =>
    withKernels(backend, async () => {
      if (!live) fail("input", "A model must not be used after dispose()", "disposed");
      tools.use(backend);
      const answer = await timed(program, input);
      // Of padding alone Keras makes NaN, too: the CPU's is an answer.
      const isSound = (value: number): boolean =>
        isValid(value) || (backend === "cpu" && Number.isNaN(value));
      return tools.gpuIsReliable() &&
        answer.results.every(({ values }) => (values as Float32Array).every(isSound))
        ? answer
        : refuse("results within float32's range", "an overflow");
    });
  const dispose = (loaded: Pick<Taken, "program"> | null): void => {
    if (loaded) void exclusive(loaded.program.dispose);
  };
  const reject = (): boolean => {
    const used = taken;
    taken = null;
    dispose(used);
    return used !== null && others.delete(used.backend);
  };
  /** Choose the fastest backend that agrees with the CPU. Meanwhile the CPU goes on answering. */
  const tryOthers = async (
    input: readonly Batch[],
    onCpu: Omit<Trial, "program">,
  ): Promise<void> => {
    let best: (Taken & { readonly ms: number }) | null = null;
    for (const backend of others) {
      if (!live || (best && best.ms <= FAST_MS)) break;
      // no GPU, or compiling is forbidden: another one may work
      const trial = await open(backend, input).catch(() => null);
      const close = trial?.results.every(({ values }, index) =>
        agree(values, onCpu.results[index]!.values, least),
      );
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
    inputs: cpu.inputs,
    outputs: cpu.outputs,
    get backend() {
      return taken?.backend ?? "cpu";
    },
    reject,
    async run(input) {
      const used = taken;
      // If the chosen backend fails, for whatever reason but the input, the CPU answers.
      const fast = used && (await predict(used.program, used.backend, input).catch(unlessInput));
      if (used && !fast && taken === used) reject();
      const answer = fast ?? (await predict(cpu, "cpu", input));
      if (!fast && !trying && others.size > 0) {
        slowRuns = answer.ms <= FAST_MS ? 0 : answer.ms <= 4 * FAST_MS ? slowRuns + 1 : SLOW_RUNS;
        if (slowRuns >= SLOW_RUNS) {
          slowRuns = 0;
          trying = true;
          void tryOthers(input, answer).finally(() => (trying = false));
        }
      }
      return answer.results;
    },
    dispose() {
      if (!live) return;
      live = false;
      dispose({ program: cpu });
      reject();
    },
  };
}

function agree(found: Numbers, expected: Numbers, least: number): boolean {
  const largest = (expected as Float32Array).reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    least,
  );
  return (found as Float32Array).every(
    (value, index) => Math.abs(value - expected[index]!) <= AGREEMENT * largest,
  );
}

/**
 * The engine of a model that takes an example and gives one probability per class. One that was
 * exported for a fixed number of examples at a time gets the same one as often.
 */
function createEngine(runner: Runner, { results }: Pick<Trial, "results">): TfjsEngine {
  const [{ shape } = { shape: [] }] = results;
  const [batch, ...inputShape] = runner.inputs[0]!.shape!.map((length) => length ?? 1);
  const [answers, ...outputShape] = shape;
  if (answers !== batch) {
    runner.dispose();
    return refuse("one result for each example", shape);
  }
  return {
    inputShape,
    outputShape,
    linear: null,
    get backend() {
      return runner.backend;
    },
    reject: runner.reject,
    async run(input) {
      if (input.length !== sizeOf(inputShape) || !input.every(Number.isFinite)) {
        const finite = input.filter(Number.isFinite).length;
        fail(
          "input",
          `The input must be ${sizeOf(inputShape)} finite numbers`,
          `${finite} finite of ${input.length}`,
        );
      }
      // Copies: they may have to wait, while the caller changes the drawing.
      const copies = new Float32Array(batch! * input.length);
      for (let start = 0; start < copies.length; start += input.length) copies.set(input, start);
      const [answer] = await runner.run([{ shape: [batch!, ...inputShape], values: copies }]);
      const probabilities = Float32Array.from(answer!.values.subarray(0, sizeOf(outputShape)));
      if (probabilities.some(Number.isNaN))
        fail("input", "The model must give numbers", "NaN", undefined, NO_NUMBERS);
      return { probabilities, logits: null };
    },
    dispose() {
      runner.dispose();
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

const fetched = <T>(part: Promise<T>): Promise<T> =>
  arriving("A part of TensorFlow.js", () => part);

/** No answer, unless every backend would refuse the input. */
function unlessInput(error: unknown): null {
  if ((error as ModelError).code === "input") throw error;
  return null;
}

/** Turn whatever TensorFlow.js threw into the one error that callers know. */
function refusal(error: unknown): never {
  if (error instanceof ModelError) throw error;
  const told =
    /index value (\S+) is not in \[0, (\d+)\]|with numTokens=(\d+)/.exec(String(error)) ?? [];
  const [id, last = Number(told[3]) - 1] = told.slice(1);
  if (Number(last) >= 0)
    fail(
      "input",
      `The ids of words and the like must be from 0 to ${last}`,
      id ? Number(id) : "others",
      error,
    );
  return fail("unsupported", "TensorFlow.js must be able to run the model", error, error);
}
