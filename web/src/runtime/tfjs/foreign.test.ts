// An ONNX file in the real onnxruntime-web, as Node runs it. In Chromium, and with LiteRT.js:
// tests/browser/formats.test.ts.
import * as ort from "onnxruntime-web";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { kerasFiles, kerasModel } from "../../testing/keras-models.ts";
import { manifestOf, publish, ROOT, serve } from "../../testing/published.ts";
import { refusal } from "../../testing/refusal.ts";
import { headlessHost } from "../headless.ts";
import { load } from "../load.ts";
import type { TensorModel } from "../tensors/types.ts";
import type { LoadOptions } from "../types.ts";

ort.env.wasm.numThreads = 1;
const LIMIT = 1e-5; // of probabilities, as in pipeline/tfjs/parity/compare.py
const { inputs, outputs, inputShape } = kerasModel("cnn layers float32");

function open(options: LoadOptions, change: object = {}, id = "onnx-float32") {
  const formats = [{ id, files: new Map([["model.onnx", kerasFiles("cnn").get("onnx")!]]) }];
  const manifest = {
    ...manifestOf(formats, 0, ["a", "b", "c"], { input: { shape: inputShape } }),
    ...change,
  };
  const fetch = serve(publish(manifest, formats), 2 ** 16);
  return load(`${ROOT}0123456789ab/manifest.json`, { fetch, ...options }, headlessHost);
}

test("a classifier answers as Keras does, several calls at once too, until dispose()", async () => {
  const model = await open({ runtime: ort });
  const answers = await Promise.all(inputs.map((input) => model.predict(input)));
  answers.forEach(({ label, probabilities }, i) => {
    expectClose(probabilities, outputs[i]!, LIMIT);
    expect(label).toBe(model.labels[outputs[i]!.indexOf(Math.max(...outputs[i]!))]);
  });
  model.dispose();
  await expect(model.predict(inputs[0]!)).rejects.toThrow(refusal("input", "dispose()"));
});

test("other models take and give tensors by name", async () => {
  const spec = {
    input: { name: "a b", shape: inputShape, dtype: "float32" },
    output: { name: "y", shape: [3], kind: "values" },
  };
  const model = (await open({ runtime: ort }, { labels: null, ...spec })) as unknown as TensorModel;
  const { y } = await model.predict({ "a b": inputs[0]! });
  expect(y!.shape).toEqual([1, 3]);
  expectClose(y, outputs[0]!, LIMIT);
  model.dispose();
});

test.each([
  [
    "onnx-float32",
    {},
    'import * as runtime from "onnxruntime-web"; const model = await load(address, { runtime })',
  ],
  ["onnx-float32", { runtime: { loadAndCompile: 1 } }, "a module with InferenceSession"],
  ["litert-float32", { runtime: ort }, 'loadLiteRt("…/@litertjs/core/wasm/"); const model'],
])(
  "without its runtime, a file of %s is refused with the lines to write: %j",
  async (id, options, message) => {
    await expect(open(options, {}, id)).rejects.toThrow(refusal("input", message));
  },
);

test("what the runtime cannot run is refused in its words", async () => {
  const broken = {
    ...ort,
    InferenceSession: { create: () => Promise.reject(new Error("no such operation")) },
  };
  await expect(open({ runtime: broken })).rejects.toThrow(
    refusal("unsupported", "no such operation"),
  );
});
