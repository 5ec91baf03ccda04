// The page of wasm.test.ts: without WebGL, on a CPU that is slow by its own clock until WebAssembly runs.
import { load } from "https://example.org/site/embed.js";
const trace = { runs: 0, refused: [] };
let [now, step] = [0, 300];
performance.now = () => (now += step);
for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
  const { getContext } = prototype;
  prototype.getContext = function (kind, ...rest) {
    return kind.includes("webgl") ? null : getContext.call(this, kind, ...rest);
  };
}
const noted = (promise) => {
  promise.catch((error) => trace.refused.push(error.name));
  return promise;
};
const { compile, instantiate } = WebAssembly;
Object.assign(WebAssembly, {
  compile: (...all) => noted(compile(...all)),
  async instantiate(...all) {
    const { instance } = await noted(instantiate(...all));
    step = 1;
    const Softmax = (...numbers) => {
      trace.runs += 1;
      return instance.exports.Softmax(...numbers);
    };
    return { instance: { exports: { ...instance.exports, Softmax } } };
  },
});
Object.assign(globalThis, { load, trace });
