// The choice between CPU and GPU. Node has no GPU: the CPU's kernels, under the name of webgl, act as a good or a bad one.
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu/dist/base.js";
import { engine, getKernelsForBackend, registerBackend, registerKernel } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { kerasModel } from "../testing/keras-models.ts";
import { tools } from "./engine-tfjs-core.ts";
import { prepareTfjs, type TfjsEngine } from "./engine-tfjs.ts";
import type { EngineResult } from "./types.ts";

/** How this GPU behaves; `ms` is what the clock says of one prediction. */
interface Gpu {
  ms: number;
  lost: boolean;
  /** Added to the result of each layer that multiplies. */
  error: number;
  runs: number;
}
const good: Gpu = { ms: 1, lost: false, error: 0, runs: 0 };
let gpu: Gpu;
let cpuMs: number;

class FakeGpu extends MathBackendCPU {
  readonly gpgpu = { gl: { isContextLost: () => gpu.lost } };
}

vi.mock("./engine-tfjs-webgl.ts", () => {
  registerBackend("webgl", () => new FakeGpu());
  const { ENV } = engine();
  ENV.registerFlag("WEBGL_RENDER_FLOAT32_ENABLED", () => true);
  for (const kernel of getKernelsForBackend("cpu")) {
    const { kernelFunc, kernelName } = kernel;
    registerKernel({
      ...kernel,
      backendName: "webgl",
      kernelFunc(call) {
        const result = kernelFunc(call);
        if (kernelName === "Softmax") {
          gpu.runs += 1;
          const { dataId } = result as { dataId: object };
          const { data } = call.backend as { data: { get(id: object): { values: Float32Array } } };
          const { values } = data.get(dataId);
          values[0]! += gpu.error;
        }
        return result;
      },
    });
  }
  return {};
});

let opened: TfjsEngine[] = [];
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
  probabilities.forEach((value, index) => {
    expect(Math.abs(value - outputs[0]![index]!)).toBeLessThanOrEqual(1e-6); // see engine-tfjs-models.test.ts
  });
};

beforeEach(() => {
  gpu = { ...good };
  cpuMs = 60;
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += engine().backendName === "webgl" ? gpu.ms : cpuMs));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const engine of opened) engine.dispose();
  opened = [];
  await settled();
});

test("a fast CPU is left alone", async () => {
  cpuMs = 49;
  const engine = await open();
  await runs(engine, 6);
  expect(gpu.runs).toBe(0);
  expect(engine.backend).toBe("cpu");
});

test("a single slow prediction is no reason", async () => {
  const engine = await open();
  await runs(engine, 2);
  cpuMs = 5;
  await runs(engine, 1);
  cpuMs = 60;
  await runs(engine, 2);
  expect(gpu.runs).toBe(0);
});

test("after three slow predictions a faster GPU takes over, and its memory is freed in the end", async () => {
  const before = tools.tensors();
  const engine = await open();
  await runs(engine, 2);
  expect(engine.backend).toBe("cpu");
  await runs(engine, 1);
  expect(engine.backend).toBe("webgl");
  const tried = gpu.runs;
  await runs(engine, 3);
  expect(gpu.runs).toBe(tried + 3);
  engine.dispose();
  await settled();
  expect(tools.tensors()).toBe(before);
});

test("one very slow prediction is enough", async () => {
  cpuMs = 201;
  const engine = await open();
  await runs(engine, 1);
  expect(engine.backend).toBe("webgl");
});

const bad: Readonly<Record<string, Partial<Gpu>>> = {
  "is slower": { ms: 61 },
  "answers otherwise": { error: 2e-4 },
  "answers with no number": { error: NaN },
};
test.each(Object.entries(bad))("a GPU that %s is tried once and dropped", async (_, behaviour) => {
  Object.assign(gpu, behaviour);
  const before = tools.tensors();
  const engine = await open();
  await runs(engine, 3);
  const tried = gpu.runs;
  await runs(engine, 4);
  expect(engine.backend).toBe("cpu");
  expect(gpu.runs).toBe(tried);
  engine.dispose();
  await settled();
  expect(tools.tensors()).toBe(before);
});

test("where no GPU starts, the CPU goes on", async () => {
  const { start } = tools;
  vi.spyOn(tools, "start").mockImplementation((backend) =>
    backend === "webgl" ? Promise.reject(new Error("no context")) : start(backend),
  );
  const engine = await open();
  await runs(engine, 5);
  expect(engine.backend).toBe("cpu");
});

test.each(Object.entries({ "loses its context": { lost: true }, "gives no number": { error: NaN } }))(
  "the CPU answers from the prediction on in which the GPU %s",
  async (_, behaviour) => {
    const engine = await open();
    await runs(engine, 3);
    expect(engine.backend).toBe("webgl");
    Object.assign(gpu, behaviour);
    await runs(engine, 1);
    expect(engine.backend).toBe("cpu");
    await runs(engine, 4);
    expect(engine.backend).toBe("cpu");
  },
);

test("disposing while the GPU is being tried leaves nothing behind", async () => {
  const before = tools.tensors();
  const engine = await open();
  await runs(engine, 2);
  await engine.run(inputs[0]!);
  engine.dispose();
  await settled();
  expect(tools.tensors()).toBe(before);
});
