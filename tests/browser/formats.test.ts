// ONNX and LiteRT files as `pipeline export` writes them, in the runtimes that pages have for them, against Keras. In Chromium
// alone: the runtimes are 24 MB of other people's WebAssembly, and what is ours, the files, is the same in every browser.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { kerasFiles, kerasModel } from "../../web/src/testing/keras-models.ts";
import { inChromiumAlone, Stage } from "./scenario.ts";
import { MODULE, temporary, writePost } from "./site.ts";

const MODULES = join(import.meta.dirname, "../../web/node_modules");
const ROUTES = ["onnx", "litert"] as const;
const TITLES = ["cnn", "normalised", "branches", "sequence"] as const;
/** Largest difference of probabilities in float32, as in pipeline/tfjs/parity/compare.py. */
const LIMIT = 1e-5;

declare global {
  /** Put there by the page of these tests: what a file answers to each input. */
  var runs: Record<
    (typeof ROUTES)[number],
    (file: string, shape: readonly number[], inputs: readonly number[][]) => Promise<number[][]>
  >;
}

const RUNNER = `
import * as ort from "onnxruntime-web/wasm";
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

async function onnx(file, shape, inputs) {
  const session = await ort.InferenceSession.create(file);
  const answers = [];
  for (const input of inputs) {
    const taken = { [session.inputNames[0]]: new ort.Tensor("float32", Float32Array.from(input), [1, ...shape]) };
    answers.push([...(await session.run(taken))[session.outputNames[0]].data]);
  }
  return answers;
}
async function litert(file, shape, inputs) {
  const model = await loadAndCompile(file, { accelerator: "wasm" });
  const answers = [];
  for (const input of inputs) {
    const [output] = await model.run([new Tensor(Float32Array.from(input), [1, ...shape])]);
    answers.push([...output.toTypedArray()]);
  }
  return answers;
}
await loadLiteRt("wasm/");
globalThis.runs = { onnx, litert };
`;

let folder: string;

beforeAll(async () => {
  folder = await temporary();
  await mkdir(join(folder, "ort"));
  for (const name of ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm", "ort-wasm-simd-threaded.mjs"]) {
    await cp(join(MODULES, "onnxruntime-web/dist", name), join(folder, "ort", name));
  }
  await cp(join(MODULES, "@litertjs"), join(folder, "litertjs"), { recursive: true });
  await cp(join(MODULES, "@litertjs/core/wasm"), join(folder, "wasm"), { recursive: true });
  for (const title of TITLES) {
    for (const [route, content] of kerasFiles(title)) await writeFile(join(folder, `${title}.${route}`), content);
  }
});

/** A page that runs a module as it is, with the packages under the names that a bundler knows. */
async function writePage(code: string): Promise<void> {
  const imports = {
    "onnxruntime-web/wasm": "./ort/ort.wasm.bundle.min.mjs",
    "@litertjs/core": "./litertjs/core/dist/index.js",
    "@litertjs/wasm-utils": "./litertjs/wasm-utils/dist/index.js",
  };
  const head = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  await writePost(folder, code, head + MODULE);
}

inChromiumAlone(
  (stage) => {
    test("every file gives Keras' answers", async () => {
      await writePage(RUNNER);
      stage.host.policy =
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:";
      await stage.page.goto(stage.host.url);
      await stage.until(() => "runs" in globalThis);
      for (const [route, title] of ROUTES.flatMap((route) => TITLES.map((title) => [route, title] as const))) {
        const { inputs, outputs, inputShape } = kerasModel(`${title} layers float32`);
        const answers = await stage.page.evaluate(
          (route, file, shape, inputs) => globalThis.runs[route](file, shape, inputs),
          route,
          `${title}.${route}`,
          inputShape,
          inputs.map((input) => [...input]),
        );
        const worst = answers.map((answer, sample) => {
          expect(answer).toHaveLength(outputs[sample]!.length);
          return Math.max(...answer.map((value, i) => Math.abs(value - outputs[sample]![i]!)));
        });
        expect(worst, `${title}.${route}`).toHaveLength(outputs.length);
        for (const difference of worst) expect(difference, `${title}.${route}`).toBeLessThanOrEqual(LIMIT);
        expect(new Set(answers.map(String)).size).toBe(answers.length); // they differ, so the comparison can fail
      }
    });
  },
  new Stage(() => Promise.resolve(folder)),
);
