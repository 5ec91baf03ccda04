// The choice between backends. Node has no GPU, and its WASM would take its own time: the CPU's kernels, under the
// names of the others, act as good or bad ones.
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu/dist/base.js";
import { engine, getKernelsForBackend, registerBackend, registerKernel } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { kerasModel, LIMITS } from "../../testing/keras-models.ts";
import { tools } from "./core.ts";
import type { Backend } from "./program.ts";
import { prepareTfjs, type TfjsEngine } from "./engine.ts";
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
const good: Acted = { ms: 1, lost: false, half: false, error: 0, lacking: false, missing: false, runs: 0 };
let acted: Record<Other, Acted>;
let cpuMs: number;

class FakeGpu extends MathBackendCPU {
  readonly gpgpu = { gl: { isContextLost: () => acted.webgl.lost } };
}

function act(backendName: Other): void {
  registerBackend(backendName, () => (backendName === "webgl" ? new FakeGpu() : new MathBackendCPU()));
  for (const kernel of getKernelsForBackend("cpu")) {
    const { kernelFunc, kernelName } = kernel;
    registerKernel({
      ...kernel,
      backendName,
      kernelFunc(call) {
        const behaviour = acted[backendName];
        if (behaviour.lacking) throw new Error(`Kernel '${kernelName}' not registered for backend '${backendName}'`);
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
  return { ready: () => (acted.wasm.missing ? Promise.reject(new Error("the policy forbids it")) : Promise.resolve()) };
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
const runsOf = (): readonly number[] => [acted.webgl.runs, acted.wasm.runs];

beforeEach(() => {
  before = tools.tensors();
  acted = { webgl: { ...good }, wasm: { ...good } };
  cpuMs = 60;
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    const { backendName } = engine();
    return (now += (acted as Partial<typeof acted>)[backendName as Other]?.ms ?? cpuMs); // Vitest asks before there is one
  });
  const { start } = tools;
  vi.spyOn(tools, "start").mockImplementation(async (backend) => {
    if (backend === "webgl" && acted.webgl.missing) throw new Error("no context");
    await start(backend);
    if (backend === "webgl") engine().ENV.set("WEBGL_RENDER_FLOAT32_ENABLED", !acted.webgl.half);
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const engine of opened) engine.dispose();
  opened = [];
  await settled();
  expect(tools.tensors()).toBe(before); // all memory is free in the end
});

test("a fast CPU is left alone, and a single slow prediction is no reason", async () => {
  cpuMs = 49;
  const engine = await open();
  await runs(engine, 6);
  expect(runsOf()).toEqual([0, 0]);
  expect(engine.backend).toBe("cpu");
  cpuMs = 60;
  await runs(engine, 2);
  cpuMs = 5;
  await runs(engine, 1);
  cpuMs = 60;
  await runs(engine, 2);
  expect(runsOf()).toEqual([0, 0]);
});

test("after three slow predictions a faster GPU takes over", async () => {
  const engine = await open();
  await runs(engine, 2);
  expect(engine.backend).toBe("cpu");
  await runs(engine, 1);
  expect(engine.backend).toBe("webgl");
  const tried = acted.webgl.runs;
  await runs(engine, 3);
  expect(runsOf()).toEqual([tried + 3, 0]); // that is fast enough: WASM is not even fetched
});

test("one very slow prediction is enough", async () => {
  cpuMs = 201;
  const engine = await open();
  await runs(engine, 1);
  expect(engine.backend).toBe("webgl");
});

const bad: Readonly<Record<string, Partial<Acted>>> = {
  "is slower": { ms: 61 },
  "answers otherwise": { error: 2e-4 },
  "answers with no number": { error: NaN },
  "lacks a kernel": { lacking: true },
  "cannot be had": { missing: true },
};
const badGpu = { ...bad, "has half precision only": { half: true } };

test.each(Object.entries(badGpu))("a GPU that %s makes way for WASM", async (_, behaviour) => {
  Object.assign(acted.webgl, behaviour);
  const engine = await open();
  await runs(engine, 3);
  expect(engine.backend).toBe("wasm");
  const tried = runsOf();
  await runs(engine, 4);
  expect(runsOf()).toEqual([tried[0], tried[1]! + 4]);
});

test.each(Object.entries(bad))("where WASM %s too, both are tried once, and the CPU stays", async (_, behaviour) => {
  Object.assign(acted.webgl, behaviour);
  Object.assign(acted.wasm, behaviour);
  const engine = await open();
  await runs(engine, 3);
  const tried = runsOf();
  const starts = vi.mocked(tools.start).mock.calls.length;
  await runs(engine, 4);
  expect(engine.backend).toBe("cpu");
  expect(runsOf()).toEqual(tried);
  expect(tools.start).toHaveBeenCalledTimes(starts);
});

test.each([
  [90, 70, "wasm"],
  [70, 90, "webgl"],
] as const)("of a GPU with %i ms and WASM with %i the quicker one is taken: %s", async (webgl, wasm, expected) => {
  cpuMs = 201;
  acted.webgl.ms = webgl;
  acted.wasm.ms = wasm;
  const engine = await open();
  await runs(engine, 2);
  expect(engine.backend).toBe(expected);
});

const failures = { "loses its context": { lost: true }, "gives no number": { error: NaN } };
test.each(Object.entries(failures))(
  "from the prediction on in which the GPU %s the CPU answers, and then WASM, while that is sound",
  async (_, behaviour) => {
    const engine = await open();
    await runs(engine, 3);
    expect(engine.backend).toBe("webgl");
    Object.assign(acted.webgl, behaviour);
    await runs(engine, 1);
    expect(engine.backend).toBe("cpu");
    await runs(engine, 2);
    expect(engine.backend).toBe("wasm");
    acted.wasm.error = NaN;
    await runs(engine, 1);
    expect(engine.backend).toBe("cpu");
    const tried = runsOf();
    await runs(engine, 4);
    expect(engine.backend).toBe("cpu");
    expect(runsOf()).toEqual(tried);
  },
);

test("one that was only slower than another stands in for it when that fails", async () => {
  cpuMs = 201;
  acted.webgl.ms = 70;
  acted.wasm.ms = 90;
  const engine = await open();
  await runs(engine, 1);
  expect(engine.backend).toBe("webgl");
  acted.webgl.lost = true;
  await runs(engine, 1);
  expect(engine.backend).toBe("wasm");
});

test("several calls in the moment in which the GPU fails are all answered", async () => {
  const engine = await open();
  await runs(engine, 3);
  acted.webgl.lost = true;
  const answers = await Promise.all([1, 2, 3].map(async () => engine.run(inputs[0]!)));
  answers.forEach(expectKeras);
});

test.each(["webgl", "wasm"] as const)("disposing while %s is being tried leaves nothing behind", async (backend) => {
  if (backend === "wasm") acted.webgl.missing = true;
  const engine = await open();
  await runs(engine, 2);
  await engine.run(inputs[0]!);
  while (acted[backend].runs === 0) await new Promise((resolve) => setTimeout(resolve)); // it is disposed of afterwards
});

test("a model that was disposed of meanwhile is not tried on another backend", async () => {
  acted.webgl.ms = 61;
  const engine = await open();
  await runs(engine, 2);
  await engine.run(inputs[0]!);
  engine.dispose();
  await settled();
  expect(acted.wasm.runs).toBe(0);
});
