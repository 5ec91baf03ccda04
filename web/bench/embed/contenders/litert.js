// LiteRT.js on the CPU, as its README shows it. ?model=…&shape=…
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

const query = new URLSearchParams(location.search);
const size = Number(query.get("size"));
const shape = query.get("shape").split(",").map(Number);
await loadLiteRt("/npm/@litertjs/core/wasm/");
const model = await loadAndCompile(query.get("model"), { accelerator: "wasm" });
globalThis.predict = async (input) => {
  const tensor = new Tensor(input, [1, ...shape]);
  const [output] = await model.run([tensor]);
  const probabilities = output.toTypedArray().slice(); // a view of memory that delete() gives back
  tensor.delete();
  output.delete();
  return probabilities;
};
await predict(new Float32Array(size).fill(0.5));
globalThis.firstMs = performance.now();
console.log("answered");
