// The choice between backends. Node has no GPU, and its WASM would take its own time: the CPU's
// kernels, under the names of the others, act as good or bad ones.
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu/dist/base.js";
import {
  engine,
  getKernel,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
} from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { kerasModel, LIMITS } from "../../testing/keras-models.ts";
import { layer, layersModel, sequential, weight } from "../../testing/layers-model.ts";
import { refusal } from "../../testing/refusal.ts";
import { tools } from "./core.ts";
import "./cpu-all.ts"; // or the others would lack what the CPU fetches later
import type { Backend } from "./program.ts";
import { prepareRunner, prepareTfjs, type TfjsEngine } from "./engine.ts";
import type { EngineResult } from "../types.ts";

/** How a backend behaves; `ms` is what the clock says of one prediction. */
interface Acted {
  ms: number;
  /** Its context, if it is a GPU's. */
  lost: boolean;
  /** A GPU that has half precision only. */
  half: boolean;
  /** Added to the result of each layer that multiplies. */
  error: number;
  /** It lacks a kernel. */
  lacking: boolean;
  /** It cannot be had at all. */
  missing: boolean;
  runs: number;
}
type Other = Exclude<Backend, "cpu">;
const good: Acted = {
  ms: 1,
  lost: false,
  half: false,
  error: 0,
  lacking: false,
  missing: false,
  runs: 0,
};
let acted: Record<Other, Acted>;
let cpuMs: number;

class FakeGpu extends MathBackendCPU {
  readonly gpgpu = { gl: { isContextLost: () => acted.webgl.lost } };
}

function act(backendName: Other): void {
  registerBackend(backendName, () =>
    backendName === "webgl" ? new FakeGpu() : new MathBackendCPU(),
  );
  for (const kernel of getKernelsForBackend("cpu")) {
    const { kernelFunc, kernelName } = kernel;
    registerKernel({
      ...kernel,
      backendName,
      kernelFunc(call) {
        const behaviour = acted[backendName];
        if (behaviour.lacking)
          throw new Error(`Kernel '${kernelName}' not registered for backend '${backendName}'`);
        const result = kernelFunc(call);
        if (kernelName === "Softmax") {
          behaviour.runs += 1;
          const { dataId } = result as { dataId: object };
          const { data } = call.backend as { data: { get(id: object): { values: Float32Array } } };
          const { values } = data.get(dataId);
          values[0]! += behaviour.error;
        }
        return result;
      },
    });
  }
}

vi.mock("./webgl.ts", () => {
  act("webgl");
  engine().ENV.registerFlag("WEBGL_RENDER_FLOAT32_ENABLED", () => true);
  return {};
});
vi.mock("./webgl-all.ts", () => ({}));
vi.mock("./wasm.ts", () => {
  act("wasm");
  return {
    ready: () =>
      acted.wasm.missing ? Promise.reject(new Error("the policy forbids it")) : Promise.resolve(),
  };
});

let opened: TfjsEngine[] = [];
let before: number;
const { inputs, outputs, modelJson, data } = kerasModel("cnn layers float32");
const open = async (): Promise<TfjsEngine> => {
  const engine = await (await prepareTfjs("layers", modelJson))(data);
  opened.push(engine);
  return engine;
};
/** Predict so often, and each time let what was started meanwhile come to its end. */
const runs = async (engine: TfjsEngine, times: number): Promise<void> => {
  for (let i = 0; i < times; i++) {
    expectKeras(await engine.run(inputs[0]!));
    await settled();
  }
};
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const expectKeras = ({ probabilities }: EngineResult): void => {
  expectClose(probabilities, outputs[0]!, LIMITS["float32"]!);
};

beforeEach(() => {
  before = tools.tensors();
  acted = { webgl: { ...good }, wasm: { ...good } };
  cpuMs = 60;
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    const { backendName } = engine();
    // Vitest asks before there is one
    return (now += (acted as Partial<typeof acted>)[backendName as Other]?.ms ?? cpuMs);
  });
  const { start } = tools;
  vi.spyOn(tools, "start").mockImplementation(async (backend) => {
    if (backend === "webgl" && acted.webgl.missing) throw new Error("no context");
    await start(backend);
    if (backend === "webgl") engine().ENV.set("WEBGL_RENDER_FLOAT32_ENABLED", !acted.webgl.half);
  });
});
afterEach(async () => {
  for (const engine of opened) engine.dispose();
  opened = [];
  await settled();
  expect(tools.tensors()).toBe(before); // all memory is free in the end
});

const bad: Readonly<Record<string, Partial<Acted>>> = {
  "is slower": { ms: 61 },
  "answers otherwise": { error: 2e-4 },
  "answers with no number": { error: NaN },
  "lacks a kernel": { lacking: true },
  "cannot be had": { missing: true },
};
const badGpu = Object.entries({ ...bad, "has half precision only": { half: true } });
const failures = Object.entries({
  "loses its context": { lost: true },
  "gives no number": { error: NaN },
});

const ids = { name: "ids", batch_input_shape: [null, 1] };

interface Change {
  readonly cpu?: number;
  readonly webgl?: Partial<Acted>;
  readonly wasm?: Partial<Acted>;
}
/** A change, how many predictions follow, the backend after them, and how often others have run. */
type Step = readonly [change: Change, times: number, backend: Backend, runs?: object];

const scenarios: Record<string, readonly Step[]> = {
  "a fast CPU is left alone, and a single slow prediction is no reason": [
    [{ cpu: 49 }, 6, "cpu"],
    [{ cpu: 60 }, 2, "cpu"],
    [{ cpu: 5 }, 1, "cpu"],
    [{ cpu: 60 }, 2, "cpu"],
  ],
  "after three slow predictions a faster GPU takes over, and if that is fast enough, WASM is not even fetched":
    [
      [{}, 2, "cpu"],
      [{}, 1, "webgl"],
      [{}, 3, "webgl", { wasm: { runs: 0 } }],
    ],
  "one very slow prediction is enough": [[{ cpu: 201 }, 1, "webgl"]],
  "the quicker one is taken: WASM": [
    [{ cpu: 201, webgl: { ms: 90 }, wasm: { ms: 70 } }, 2, "wasm"],
  ],
  "the quicker one is taken: the GPU. The other stands in for it when it fails": [
    [{ cpu: 201, webgl: { ms: 70 }, wasm: { ms: 90 } }, 1, "webgl"],
    [{ webgl: { lost: true } }, 1, "wasm"],
  ],
};
for (const [how, webgl] of badGpu) {
  scenarios[`a GPU that ${how} makes way for WASM`] = [
    [{ webgl }, 3, "wasm"],
    [{}, 4, "wasm"],
  ];
}
for (const [how, both] of Object.entries(bad)) {
  scenarios[`where WASM ${how} too, both are tried once, and the CPU stays`] = [
    [{ webgl: both, wasm: both }, 3, "cpu"],
    [{}, 4, "cpu"],
  ];
}
for (const [how, webgl] of failures) {
  scenarios[
    `from the prediction on in which the GPU ${how} the CPU answers, and then WASM, while that is sound`
  ] = [
    [{}, 3, "webgl"],
    [{ webgl }, 1, "cpu"],
    [{}, 2, "wasm"],
    [{ wasm: { error: NaN } }, 1, "cpu"],
    [{}, 4, "cpu"],
  ];
}

test.each(Object.entries(scenarios))("%s", async (_, steps) => {
  const engine = await open();
  for (const [{ cpu = cpuMs, webgl, wasm }, times, backend, ran = {}] of steps) {
    cpuMs = cpu;
    Object.assign(acted.webgl, webgl);
    Object.assign(acted.wasm, wasm);
    const former = engine.backend;
    const counts = [acted.webgl.runs, acted.wasm.runs];
    const starts = vi.mocked(tools.start).mock.calls.length;
    await runs(engine, times);
    expect(engine.backend).toBe(backend);
    expect(acted).toMatchObject(ran);
    if (former !== backend || webgl || wasm) continue;
    // Nothing has changed: it alone has answered, and no other was tried.
    const own = ["webgl", "wasm"].map((name, at) => counts[at]! + (name === backend ? times : 0));
    expect([acted.webgl.runs, acted.wasm.runs]).toEqual(own);
    expect(tools.start).toHaveBeenCalledTimes(starts);
  }
});

test("one that is rejected, because it was found to be wrong, is not taken again; the CPU cannot be", async () => {
  const engine = await open();
  expect(engine.reject!()).toBe(false);
  await runs(engine, 3);
  expect(engine.backend).toBe("webgl");
  expect(engine.reject!()).toBe(true);
  expect(engine.backend).toBe("cpu");
  await runs(engine, 3);
  expect(engine.backend).toBe("wasm");
});

test("several calls in the moment in which the GPU fails are all answered", async () => {
  const engine = await open();
  await runs(engine, 3);
  acted.webgl.lost = true;
  const answers = await Promise.all([1, 2, 3].map(async () => engine.run(inputs[0]!)));
  answers.forEach(expectKeras);
});

test.each(["webgl", "wasm"] as const)(
  "disposing while %s is being tried leaves nothing behind",
  async (backend) => {
    if (backend === "wasm") acted.webgl.missing = true;
    const engine = await open();
    await runs(engine, 2);
    await engine.run(inputs[0]!);
    // it is disposed of afterwards
    while (acted[backend].runs === 0) await new Promise((resolve) => setTimeout(resolve));
  },
);

test("a model that was disposed of meanwhile is not tried on another backend", async () => {
  acted.webgl.ms = 61;
  const engine = await open();
  await runs(engine, 2);
  await engine.run(inputs[0]!);
  engine.dispose();
  await settled();
  expect(acted.wasm.runs).toBe(0);
});

test.each<[object, object[]]>([
  [
    layer("Embedding", { input_dim: 4, output_dim: 1, ...ids }),
    [weight("ids/embeddings", [4, 1], [5, 6, 7, 1])],
  ],
  [layer("CategoryEncoding", { num_tokens: 4, output_mode: "one_hot", ...ids }), []],
])(
  "an id that a layer does not have is refused there too, and the GPU goes on: %j",
  async (first, weights) => {
    const { modelJson, data } = layersModel(sequential([first] as never), weights as never);
    const runner = await (await prepareRunner("layers", modelJson))(data);
    const run = (id: number) => runner.run([{ shape: [1, 1], values: Int32Array.of(id) }]);
    for (let i = 0; i < 3; i++) await run(i).then(settled);
    await expect(run(4)).rejects.toThrow(refusal("input", "from 0 to 3. Received: "));
    expect([(await run(3))[0]!.values.at(-1), runner.backend]).toEqual([1, "webgl"]);
    runner.dispose();
  },
);

test("WebGL's own kernel refuses it", async () => {
  await vi.importActual("./webgl-all.ts");
  const inputs = { x: { shape: [4, 1] }, indices: {} };
  const call = { inputs, backend: { readSync: () => Int32Array.of(3, 4) }, attrs: { axis: 0 } };
  expect(() => getKernel("GatherV2", "webgl").kernelFunc(call as never)).toThrow(
    "index value 4 is not in [0, 3]",
  );
});
