// Proof on the visitor's device: the manifest's probes, inputs that are drawn here, are repeated
// while the page is idle and compared with Keras' answers. Drivers of GPUs have given right first
// answers and wrong later ones.
import { fail, type ModelError } from "./errors.ts";
import { isShape, sizeOf } from "./json.ts";
import { PROBE_NUMBERS, PROBES } from "./limits.ts";
import { downloadFormat, readModel } from "./load.ts";
import type { Format, Manifest } from "./manifest.ts";
import type { ProbeInput, Probes } from "./schema.ts";
import { each, has, is } from "./shape.ts";
import type { Connection, Engine, LoadOptions, Proof } from "./types.ts";

/** An engine of one model, of which only one answers at a time. */
interface Provable {
  readonly backend?: string;
  /** Stop using the current backend; false if there is no other. */
  readonly reject?: () => boolean;
  readonly run: (input: never) => unknown;
  readonly dispose: () => void;
}

interface Job<E extends Provable> {
  /** The model that `load` returned. */
  readonly model: object;
  readonly engine: E;
  /** Use another engine from now on. */
  readonly use: (engine: E) => void;
  /** As the manifest has them: not checked yet. */
  readonly probes: unknown;
  /** Difference that the format explains. */
  readonly limit: number;
  /** The outputs for these inputs. */
  readonly ask: (
    inputs: readonly (readonly number[])[],
    engine: E,
  ) => Promise<readonly (ArrayLike<number> | undefined)[]>;
  /** Another engine, for when no backend of this one is left. */
  readonly other?: (() => Promise<E>) | null;
  readonly onProof: LoadOptions["onProof"];
}

/**
 * On a backend other than the CPU, probes are repeated with the first prediction after so long,
 * then after twice as long.
 */
const AGAIN_MS = 60_000;

const number = is("a number", (value) => typeof value === "number");
const check = has({
  inputs: each(has({ shape: is("a shape", isShape), low: number, high: number })),
  outputs: each(has({ places: each(number), answers: each(each(number)), limit: number })),
});

/** The probes of a manifest; null if it has none, too many, or some of an unknown kind. */
function probesFrom(value: unknown): Probes | null {
  try {
    check(value, "probes");
  } catch {
    return null;
  }
  const probes = value as Probes;
  const count = probes.outputs[0]?.answers.length ?? 0;
  const numbers = probes.inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const areComplete = probes.outputs.every(
    ({ places, answers }) =>
      answers.length === count && answers.every(({ length }) => length === places.length),
  );
  const areFew = count > 0 && count <= PROBES && numbers <= PROBE_NUMBERS;
  return areComplete && areFew ? probes : null;
}

/** By model. */
const proofs = new WeakMap<object, Proof[]>();
const watchers = new WeakMap<object, ((proof: Proof) => void)[]>();

/** Call a function with each proof of a model, earlier ones first. */
export function watchProof(model: object, watcher: (proof: Proof) => void): void {
  watchers.set(model, [...(watchers.get(model) ?? []), watcher]);
  proofs.get(model)?.forEach(watcher);
}

/**
 * The numbers of input `at` of a probe: a hash of each position, as in
 * pipeline/exporting/probes.py.
 */
export function draw(
  { shape, low, high, whole }: ProbeInput,
  probe: number,
  at: number,
): readonly number[] {
  const seed = Math.imul(8 * at + probe + 1, 0x85ebca6b);
  return Array.from({ length: sizeOf(shape) }, (_, position) => {
    let x = Math.imul(position + 1, 0x9e3779b1) ^ seed;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    const share = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
    return whole ? Math.floor(low + share * (high - low + 1)) : low + share * (high - low);
  });
}

/** Wait until the browser is idle, so that the visitor's own requests come first. */
const idle = (): Promise<unknown> =>
  new Promise((resume) => {
    const { requestIdleCallback: wait } = globalThis as {
      requestIdleCallback?: (run: unknown, at: object) => void;
    };
    if (wait) wait(resume, { timeout: 1000 });
    else setTimeout(resume, 20);
  });

/**
 * Repeat the probes once idle, after each change of the backend, and from time to time on one that
 * is accelerated. One that disagrees is not used again; where none is left, the model refuses to
 * answer.
 */
export function prove<E extends Provable>({
  model,
  probes,
  use,
  limit,
  ask,
  other,
  onProof,
  ...job
}: Job<E>): void {
  const known = probesFrom(probes);
  if (!known) return;
  const { inputs, outputs } = known;
  const count = outputs[0]!.answers.length;
  let { engine } = job;
  let [live, busy, due, pause] = [true, false, 0, AGAIN_MS];
  let proven = "";
  const name = (): string => engine.backend ?? "dense";

  function install(next: E): void {
    engine = next;
    const run = (input: never): unknown => {
      wake();
      return next.run(input);
    };
    const dispose = (): void => {
      live = false;
      next.dispose();
    };
    use(Object.create(next, { run: { value: run }, dispose: { value: dispose } }) as E);
  }

  function wake(): void {
    const again = !/dense|cpu/.test(proven) && performance.now() >= due;
    if (busy || !live || (name() === proven && !again)) return;
    busy = true;
    void repeat().finally(() => (busy = false));
  }

  async function agrees(probe: number): Promise<boolean> {
    const given = inputs.map((input, at) => draw(input, probe, at));
    const found = await ask(given, engine).catch((error: unknown) => {
      // it was disposed of, or takes no such inputs
      live &&= (error as ModelError).code !== "input";
      return [];
    });
    return outputs.every(({ places, answers, limit: own }, at) =>
      places.every(
        (place, i) =>
          Math.abs((found[at]?.[place] ?? NaN) - answers[probe]![i]!) <= Math.max(own, limit),
      ),
    );
  }

  async function repeat(): Promise<void> {
    const backend = name();
    let agreed = 0;
    for (let probe = 0; probe < count; probe++) {
      await idle();
      agreed += Number(await agrees(probe));
      if (!live) return;
      if (name() !== backend) return repeat();
    }
    const isRight = agreed === count;
    if (isRight) {
      pause = backend === proven ? 2 * pause : AGAIN_MS;
      [proven, due] = [backend, performance.now() + pause];
    } else if (!engine.reject?.()) {
      const wrong = engine;
      const next = await other?.().catch(() => null);
      if (!live) return next?.dispose();
      other = null;
      install(next ?? (Object.create(wrong, { run: { value: () => refuse(agreed, count) } }) as E));
      if (next) wrong.dispose();
      live = Boolean(next);
    }
    const proof = { backend, agreed, count, next: live ? name() : null };
    Object.assign(model, { proof });
    proofs.set(model, [...(proofs.get(model) ?? []), proof]);
    onProof?.(proof);
    for (const watcher of watchers.get(model) ?? []) watcher(proof);
    if (live && !isRight) await repeat();
  }

  install(engine);
  wake();
}

function refuse(agreed: number, count: number): never {
  const [rule, next] = [
    "A device must compute what Keras does",
    "Try another browser or device",
  ] as const;
  return fail("unsupported", rule, `${agreed} of ${count} answers alike`, undefined, next);
}

/** Prove an image classifier. Where its small engine is wrong, TensorFlow.js takes its place. */
export function proveClassifier(
  model: { readonly url: string; readonly format: Format },
  { probes, verification }: Manifest,
  { onProof }: LoadOptions,
  connection: Connection,
  engine: Engine,
  use: (engine: Engine) => void,
): void {
  const { url, format } = model;
  const checks = verification?.checks.filter((check) => check.format === format.id) ?? [];
  const other = async (): Promise<Engine> => {
    const { prepareTfjs } = await import("./tfjs/engine.ts");
    const [modelJson, weights] = await readModel(
      format,
      downloadFormat(format, url, connection, {}),
    );
    return (await prepareTfjs(format.route, modelJson))(await weights);
  };
  prove<Engine>({
    ...{ model, engine, use, probes, onProof },
    limit: Math.max(0, ...checks.map(({ limit }) => limit)),
    ask: async ([input], used) => [(await used.run(Float32Array.from(input!))).probabilities],
    other: engine.backend ? null : other,
  });
}
