import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { expectClose } from "../testing/close.ts";
import { denseModel } from "../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../testing/published.ts";
import { refusal } from "../testing/refusal.ts";
import type * as activations from "./dense/activations.ts";
import { createDenseEngine } from "./dense/engine.ts";
import { fail } from "./errors.ts";
import { headlessHost } from "./headless.ts";
import { fetchJudge } from "./judge.ts";
import { load } from "./load.ts";
import { draw, prove, watchProof } from "./proof.ts";
import type { Model, Proof } from "./types.ts";

/**
 * True while the small engine's softmax gives the shares of other classes, as a broken compiler
 * might.
 */
let isBroken = false;
vi.mock("./dense/activations.ts", async (original) => {
  const real = await original<typeof activations>();
  const softmax: typeof real.softmax = (values) =>
    isBroken ? real.softmax(values).reverse() : real.softmax(values);
  return {
    ...real,
    softmax,
    activation: (name: unknown) => (name === "softmax" ? softmax : real.activation(name)),
  };
});

const PROBE = { shape: [6], low: -1, high: 2, whole: false };
const model = denseModel(6, [{ units: 4, activation: "softmax" }]);
const keras = createDenseEngine(model.modelJson, model.data);
const answersTo = (probe: number) =>
  keras.run(Float32Array.from(draw(PROBE, probe, 0))).probabilities;
const probesOf = (change = 0) => {
  const answers = Array.from({ length: 8 }, (_, probe) => [
    answersTo(probe)[0]!,
    answersTo(probe)[3]!,
  ]);
  answers[5]![0]! += change;
  return { inputs: [PROBE], outputs: [{ places: [0, 3], answers, limit: 1e-5 }] };
};

beforeEach(() => void vi.useFakeTimers());
/** Let it be idle, for as long as probes take. */
const rest = (ms = 1000) => vi.advanceTimersByTimeAsync(ms);

/** An engine whose backends are wrong by so much. */
class Acted {
  readonly ran: string[] = [];
  isDisposed = false;
  constructor(readonly backends: [name: string, error: number][]) {}
  get backend(): string {
    return this.backends[0]![0];
  }
  run(number: number): number {
    this.ran.push(this.backend);
    return number + this.backends[0]![1];
  }
  reject(): boolean {
    return this.backends.length > 1 && Boolean(this.backends.shift());
  }
  readonly dispose = (): void => void (this.isDisposed = true);
}
type Usable = Pick<Acted, "run" | "dispose">;

/**
 * Prove a model that adds its two numbers; returns the engine in use and the proofs, from the first
 * prediction on.
 */
function proven(first: Acted, other?: Acted) {
  const told: Proof[] = [];
  const seen: Proof[] = [];
  const found = { used: first as Usable, told, seen, model: {} as { proof?: Proof } };
  const probe = { shape: [2], low: 0, high: 1, whole: false };
  const sum = (numbers: readonly number[]) => numbers[0]! + numbers[1]!;
  const answers = Array.from({ length: 8 }, (_, number) => [sum(draw(probe, number, 0))]);
  watchProof(found.model, (proof) => seen.push(proof));
  prove<Acted>({
    model: found.model,
    engine: first,
    use: (next) => (found.used = next),
    probes: { inputs: [probe], outputs: [{ places: [0], answers, limit: 0.01 }] },
    limit: 0.02,
    ask: async (inputs, engine) => Promise.resolve([[engine.run(sum(inputs[0]!))]]),
    other: other ? () => Promise.resolve(other) : null,
    onProof: (proof) => told.push(proof),
  });
  return found;
}
const right = (backend: string) => ({ backend, agreed: 8, count: 8, next: backend });

describe("probes are repeated", () => {
  test("once idle, and on the CPU never again", async () => {
    const engine = new Acted([["cpu", 0.015]]); // within what the format explains
    const found = proven(engine);
    expect(engine.ran).toEqual([]);
    await rest();
    expect(found.told).toEqual([right("cpu")]);
    expect(found.seen).toEqual(found.told);
    watchProof(found.model, (proof) => found.seen.push(proof));
    expect(found.seen).toEqual([right("cpu"), right("cpu")]);
    expect(found.model.proof).toEqual(right("cpu"));
    expect(found.used.run(1)).toBeCloseTo(1.015);
    await rest(10 ** 7);
    found.used.run(1);
    await rest();
    expect(found.told).toHaveLength(1);
  });

  test("after each change of the backend, and on an accelerated one again after one minute and two more", async () => {
    const engine = new Acted([["cpu", 0]]);
    const found = proven(engine);
    await rest(50);
    engine.backends.unshift(["wasm", 0]); // while it is being proven
    await rest();
    expect(found.told).toEqual([right("wasm")]);
    engine.backends.unshift(["webgl", 0]);
    for (const [wait, times] of [
      [0, 2],
      [50_000, 2],
      [11_000, 3],
      [61_000, 3],
      [61_000, 4],
    ] as const) {
      await rest(wait);
      found.used.run(1);
      await rest();
      expect(found.told).toHaveLength(times);
    }
    expect(found.told.slice(1)).toEqual([1, 2, 3].map(() => right("webgl")));
  });

  test("on a backend that begins to be wrong: the next one is proven at once and answers", async () => {
    const engine = new Acted([
      ["webgl", 0],
      ["wasm", 0],
    ]);
    const found = proven(engine);
    await rest();
    engine.backends[0]![1] = 0.5;
    await rest(60_000);
    expect(found.used.run(1)).toBe(1.5);
    await rest();
    expect(found.told.slice(1)).toEqual([
      { backend: "webgl", agreed: 0, count: 8, next: "wasm" },
      right("wasm"),
    ]);
    expect(found.used.run(1)).toBe(1);
  });

  test("by an engine that throws: another one takes its place, and where that is wrong too, none answers", async () => {
    const engine = new Acted([["cpu", 0]]);
    vi.spyOn(engine, "run").mockImplementation(() =>
      fail("unsupported", "Numbers must be small", Infinity),
    );
    const other = new Acted([["webgl", NaN]]);
    const found = proven(engine, other);
    await rest();
    expect(found.told).toEqual([
      { backend: "cpu", agreed: 0, count: 8, next: "webgl" },
      { backend: "webgl", agreed: 0, count: 8, next: null },
    ]);
    expect([engine.isDisposed, other.isDisposed]).toEqual([true, false]);
    expect(() => found.used.run(1)).toThrow(refusal("unsupported", "0 of 8 answers alike"));
    found.used.dispose();
    expect(other.isDisposed).toBe(true);
  });

  test("no more once the model was disposed of, or where it takes no such inputs", async () => {
    const engine = new Acted([["cpu", 1]]);
    const found = proven(engine, new Acted([["cpu", 0]]));
    await rest(50);
    found.used.dispose();
    await rest();
    expect(engine.ran.length).toBeLessThan(4);
    const strict = new Acted([["cpu", 0]]);
    const run = vi
      .spyOn(strict, "run")
      .mockImplementation(() => fail("input", "The input must be 784 finite numbers", 2));
    const refused = proven(strict, new Acted([["cpu", 0]]));
    await rest();
    expect([...found.told, ...refused.told]).toEqual([]);
    expect(run).toHaveBeenCalledTimes(1);
  });
});

describe("a model of load()", () => {
  const formats = [{ id: "layers-float32", files: filesOf(model) }];
  const never = undefined as never;
  const host = {
    ...headlessHost,
    extras: async () => ({ ...(await headlessHost.extras()), fetchJudge }),
  };
  async function open(probes: unknown): Promise<{ loaded: Model; told: Proof[] }> {
    const told: Proof[] = [];
    const fetch = serve(publish(manifestOf(formats, 6, ["a", "b", "c", "d"], { probes }), formats));
    const onProof = (proof: Proof) => told.push(proof);
    const loaded = await load(`${ROOT}latest.json`, { fetch, onProof }, host);
    return { loaded, told };
  }
  const input = new Float32Array(6);
  /** Predict, and wait until nothing more is told. */
  const used = async (loaded: Model, told: readonly Proof[], times: number, given = input) => {
    vi.useRealTimers();
    await loaded.predict(given);
    while (told.length < times) await new Promise((resume) => setTimeout(resume, 20));
  };

  test("is proven by what its latest.json names, as the example", async () => {
    const told: Proof[] = [];
    const fetch = vi.fn(async (url: string) => new Response(await readFile(new URL(url))));
    const address = new URL(
      "../../../exported_models/example/mnist-softmax/latest.json",
      import.meta.url,
    );
    const loaded = await load(
      address,
      { fetch, onProof: (proof) => told.push(proof) },
      { ...host, whole: never },
    );
    await used(loaded, told, 1, new Float32Array(784));
    expect(told).toEqual([right("dense")]);
    expect(fetch.mock.calls[2]![0]).toMatch(/judging\.json$/); // after the weights
  });

  test("is proven after its first prediction", async () => {
    const { loaded, told } = await open(probesOf());
    expect(told).toEqual([]);
    await used(loaded, told, 1);
    expect(told).toEqual([right("dense")]);
    expect(loaded.proof).toEqual(told[0]);
    expect(loaded.linear).not.toBeNull();
  });

  test("goes on in TensorFlow.js if its small engine is wrong", async () => {
    const { loaded, told } = await open(probesOf());
    isBroken = true;
    await used(loaded, told, 2);
    expect(told).toEqual([{ backend: "dense", agreed: 0, count: 8, next: "cpu" }, right("cpu")]);
    const { probabilities } = await loaded.predict(input);
    isBroken = false;
    expectClose(probabilities, keras.run(input).probabilities, 1e-6);
  });

  test("refuses where TensorFlow.js is wrong, too", async () => {
    const { loaded, told } = await open(probesOf(0.01));
    await used(loaded, told, 2);
    expect(told).toEqual([
      { backend: "dense", agreed: 7, count: 8, next: "cpu" },
      { backend: "cpu", agreed: 7, count: 8, next: null },
    ]);
    await expect(loaded.predict(input)).rejects.toThrow(
      refusal("unsupported", "7 of 8 answers alike"),
    );
  });

  test.each([
    null,
    {},
    { inputs: [PROBE], outputs: [] },
    {
      ...probesOf(),
      inputs: [PROBE, ...Array.from({ length: 100 }, () => ({ ...PROBE, shape: [2 ** 16] }))],
    },
    { ...probesOf(), inputs: [{ ...PROBE, shape: [1, 2 ** 24] }] },
    { ...probesOf(), outputs: [...probesOf().outputs, { places: [0], answers: [], limit: 1 }] },
    {
      ...probesOf(),
      outputs: [{ places: [0], answers: Array(9).fill([0.5]), limit: 1e-5 }],
    },
  ])("answers without a proof where its probes are %j", async (probes) => {
    const { loaded, told } = await open(probes);
    await loaded.judge((await loaded.predict(input)) as never);
    await rest();
    expect(told).toEqual([]);
    expect(loaded.proof).toBeUndefined();
  });
});
