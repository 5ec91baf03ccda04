// TensorFlow.js' WASM backend, with its real binary, beside Keras.
import { readFile } from "node:fs/promises";
import { add, dispose, engine, fill, slice, tensor1d } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { kerasModel, kerasModels, LIMITS, type KerasModel } from "../../testing/keras-models.ts";
import { tools } from "./core.ts";
import * as graph from "./graph.ts";
import * as layers from "./layers-all.ts";
import type { Program } from "./program.ts";
import { compile } from "./wasm-binary.ts";
import { ready } from "./wasm.ts";

const BINARY = new URL(
  "../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
  import.meta.url,
);
/** Node's fetch reads no files; browsers' own check of `integrity` is tested in browsers. */
const fetchFile = vi.fn(async (url: URL) => new Response(await readFile(url)));

const open = ({ route, modelJson, data }: KerasModel): Program =>
  (route === "graph" ? graph : layers).open(modelJson, data);

beforeAll(async () => {
  // for all tests: this file shares its process with no other
  globalThis.fetch = fetchFile as unknown as typeof fetch;
  await Promise.all([ready(), ready()]);
  expect(fetchFile.mock.calls).toEqual([
    [BINARY, { integrity: expect.stringMatching(/^sha256-/) as string }],
  ]);
});
afterEach(() => {
  tools.use("cpu");
});

/**
 * The converter has fused a product with a sum of another rank, which WASM's kernel refuses: there
 * the CPU stays.
 */
const REFUSED = "sequence graph float32";

test("a model that it cannot run says so, and leaves nothing behind", async () => {
  const before = tools.tensors();
  await tools.start("wasm");
  const model = kerasModel(REFUSED);
  const program = open(model);
  await expect(
    (async () => program.run([{ shape: [1, ...model.inputShape], values: model.inputs[0]! }]))(),
  ).rejects.toThrow("rank-1 bias");
  program.dispose();
  expect(tools.tensors()).toBe(before);
});

const models = kerasModels.filter(({ title }) => title !== REFUSED);
test.each(models.map((model) => [model.title, model] as const))(
  "%s gives Keras' own answers",
  async (_, model) => {
    const before = tools.tensors();
    await tools.start("wasm");
    const program = open(model);
    for (const [index, input] of model.inputs.entries()) {
      tools.use("wasm");
      const [result] = await program.run([{ shape: [1, ...model.inputShape], values: input }]);
      expectClose(result!.values, model.outputs[index]!, LIMITS[model.dtype]!);
    }
    expect(engine().backendName).toBe("wasm");
    program.dispose();
    expect(tools.tensors()).toBe(before);
  },
);

test("its heap grows, and what lies there stays as it is; without memory it is an error, and nothing is written", async () => {
  await tools.start("wasm");
  const small = tensor1d([1, 2, 3]);
  // of 32 MiB each; the heap starts with 16
  const [large, more] = [fill([2 ** 23], 4), fill([2 ** 23], 5)];
  const sum = add(large, more);
  const end = slice(sum, [2 ** 23 - 2], [2]);
  expect([...(await small.data()), ...(await end.data())]).toEqual([1, 2, 3, 9, 9]);
  dispose([small, large, more, sum, end]);
  const binary = await readFile(BINARY);
  const module = (await compile(new Uint8Array(binary).buffer)) as {
    _malloc(bytes: number): number;
  };
  expect(module._malloc(16)).toBeGreaterThan(0);
  for (const bytes of [2 ** 32 - 2 ** 16, 2 ** 33])
    expect(() => module._malloc(bytes)).toThrow(RangeError);
});
