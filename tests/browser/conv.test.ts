// Convolutions by the built embed.js in every browser, under policies that allow WebAssembly and that do not.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { load as Load } from "../../web/src/embed/embed.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { inEveryBrowser } from "./scenario.ts";
import { serve } from "./server.ts";
import { addKerasModel } from "./site.ts";

declare global {
  /** Put there by the page of these tests. */
  var load: typeof Load;
}

const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");
const CHAIN = "cnn layers uint16";
/** Of uint16 weights, see web/src/runtime/tfjs/models.test.ts. */
const LIMIT = 5e-5;

let folder: string;
/** Of the first browser: the same numbers, to the last bit, in all of them, by WebAssembly and by JavaScript. */
let answers: number[][] | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conv-"));
  await addKerasModel(folder, "chain", CHAIN);
  await cp(join(BUILT, "embed.js"), join(folder, "embed.js"));
  await cp(join(BUILT, "assets"), join(folder, "assets"), { recursive: true });
  await writeFile(
    join(folder, "index.html"),
    '<!doctype html><title>a blog</title><link rel="icon" href="data:,"><script type="module" src="blog.js"></script>',
  );
  await writeFile(join(folder, "blog.js"), 'import { load } from "./embed.js"; globalThis.load = load;');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

inEveryBrowser((stage) => {
  test("a chain of convolutions gives Keras' answers without TensorFlow.js, with and without WebAssembly", async () => {
    const { inputs, outputs } = kerasModel(CHAIN);
    for (const allowed of ["'wasm-unsafe-eval'", ""]) {
      const policy = `default-src 'none'; script-src 'self' ${allowed}; connect-src 'self'; img-src data:`;
      const host = await serve(folder, { policy });
      const seen = stage.browser.name === "webkit" ? host.watch() : stage.seen;
      await stage.page.goto(host.url);
      await stage.page.waitForFunction(() => "load" in globalThis);
      const found = await stage.page.evaluate(
        async (inputs) => {
          const model = await load("models/chain/latest.json");
          const logits: number[][] = [];
          const probabilities: number[][] = [];
          for (const input of inputs) {
            const answer = await model.predict(Float32Array.from(input));
            logits.push([...answer.logits!]);
            probabilities.push([...answer.probabilities!]);
          }
          return { logits, probabilities };
        },
        inputs.map((input) => [...input]),
      );
      expect(found.probabilities).toHaveLength(outputs.length);
      found.probabilities.forEach((answer, sample) => {
        answer.forEach((value, i) => {
          expect(Math.abs(value - outputs[sample]![i]!)).toBeLessThanOrEqual(LIMIT);
        });
      });
      // Before exponentials, which each browser has of its own.
      expect(found.logits).toEqual((answers ??= found.logits));
      const parts = host.asked.map((path) => /assets\/(.*)-[\w-]{8}\.js$/.exec(path)?.[1]).filter(Boolean);
      expect(parts.sort()).toEqual(["conv", "ink"]);
      // The browser's own report, once, and no other words.
      if (allowed) expect(seen.complaints).toEqual([]);
      for (const complaint of seen.complaints) expect(complaint).toMatch(/Content.Security.Policy|policy violation/i);
      await host.close();
    }
  });
});
