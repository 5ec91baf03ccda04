// The page of formats.test.ts: load() with the runtimes that pages have for ONNX and LiteRT files.
import * as ort from "onnxruntime-web/wasm";
import * as litert from "@litertjs/core";
import { load } from "./load.js";

await litert.loadLiteRt("wasm/");
const runtimes = { onnx: ort, litert };
globalThis.refused = await load("cnn.onnx/latest.json").catch((error) => error.message);
globalThis.runs = async (route, title, inputs) => {
  const model = await load(title + "." + route + "/latest.json", { runtime: runtimes[route] });
  const answers = [];
  for (const input of inputs)
    answers.push([...(await model.predict(Float32Array.from(input))).probabilities]);
  model.dispose();
  return answers;
};
