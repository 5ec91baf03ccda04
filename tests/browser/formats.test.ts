// load() of the ONNX and LiteRT files that `pipeline export` writes, with the runtimes that pages
// have for them, against Keras. In Chromium alone: the runtimes are 24 MB of other people's
// WebAssembly, and the files are the same in every browser.
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { kerasFiles, kerasModel } from "../../web/src/testing/keras-models.ts";
import { manifestOf, publish } from "../../web/src/testing/published.ts";
import { write } from "../../web/src/testing/site.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import { inChromiumAlone, MODULE, SITE, Stage, writePost } from "./scenario.ts";

const MODULES = join(import.meta.dirname, "../../web/node_modules");
const ROUTES = ["onnx", "litert"] as const;
const TITLES = ["cnn", "normalised", "branches", "sequence"] as const;
/** Largest difference of probabilities in float32, as in pipeline/tfjs/parity/compare.py. */
const LIMIT = 1e-5;

declare global {
  /**
   * Put there by the page of these tests: what load() answers to each input; and what it says
   * without a runtime.
   */
  var runs: (route: string, title: string, inputs: readonly number[][]) => Promise<number[][]>;
  var refused: string;
}

let folder: string;

beforeAll(async () => {
  folder = await temporary();
  await mkdir(join(folder, "ort"));
  for (const name of [
    "ort.wasm.bundle.min.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort-wasm-simd-threaded.mjs",
  ]) {
    await cp(join(MODULES, "onnxruntime-web/dist", name), join(folder, "ort", name));
  }
  await cp(join(MODULES, "@litertjs"), join(folder, "litertjs"), { recursive: true });
  await cp(join(MODULES, "@litertjs/core/wasm"), join(folder, "wasm"), { recursive: true });
  await cp(join(SITE, "load.js"), join(folder, "load.js"));
  await cp(join(SITE, "assets"), join(folder, "assets"), { recursive: true });
  for (const title of TITLES) {
    const { inputShape, outputs } = kerasModel(`${title} layers float32`);
    for (const [route, content] of kerasFiles(title)) {
      const formats = [{ id: `${route}-float32`, files: new Map([["model.file", content]]) }];
      const labels = Array.from(outputs[0]!, (_, i) => `class ${i}`);
      const manifest = manifestOf(formats, 0, labels, { input: { shape: inputShape } });
      write(join(folder, `${title}.${route}`), publish(manifest, formats));
    }
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
      // of the runtimes, about what they use
      stage.mayComplain = / INFO: | WARNING: |adapter|delegate/;
      await writePage(await readFile(join(import.meta.dirname, "hosts/formats.js"), "utf8"));
      stage.host.policy =
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:";
      await stage.page.goto(stage.host.url);
      await stage.until(() => "runs" in globalThis);
      for (const [route, title] of ROUTES.flatMap((route) =>
        TITLES.map((title) => [route, title] as const),
      )) {
        const { inputs, outputs } = kerasModel(`${title} layers float32`);
        const answers = await stage.page.evaluate(
          (route, title, inputs) => globalThis.runs(route, title, inputs),
          route,
          title,
          inputs.map((input) => [...input]),
        );
        const worst = answers.map((answer, sample) => {
          expect(answer).toHaveLength(outputs[sample]!.length);
          return Math.max(...answer.map((value, i) => Math.abs(value - outputs[sample]![i]!)));
        });
        expect(worst, `${title}.${route}`).toHaveLength(outputs.length);
        for (const difference of worst)
          expect(difference, `${title}.${route}`).toBeLessThanOrEqual(LIMIT);
        // they differ, so the comparison can fail
        expect(new Set(answers.map(String)).size).toBe(answers.length);
      }
      expect(await stage.page.evaluate(() => globalThis.refused)).toContain(
        'import * as runtime from "onnxruntime-web"',
      );
    });
  },
  new Stage(() => Promise.resolve(folder)),
);
