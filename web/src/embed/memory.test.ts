import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { denseModel } from "../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../testing/published.ts";
import { load } from "./load.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in use, of objects and of typed arrays. */
async function used(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve)); // what finalisers still hold
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("loading and disposing of a model a thousand times leaves nothing behind", { timeout: 60_000 }, async () => {
  const formats = [{ id: "layers-float32", files: filesOf(denseModel(784, [{ units: 10, activation: "softmax" }])) }];
  const site = publish(manifestOf(formats, 784, Array.from("0123456789")), formats);
  const input = new Float32Array(784).fill(0.5);
  const kept: unknown[] = [];
  const round = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const model = await load(`${ROOT}latest.json`, { fetch: serve(site, 2 ** 16) });
      await model.predict(input);
      model.dispose();
      // A page that keeps the model, but has disposed of it, keeps no weights.
      if (time % 10 === 0) kept.push(model);
    }
  };
  await round(100);
  const before = await used();
  await round(1000);
  // For each one that is kept: its manifest and a few objects, 2 kB. Its weights alone are 31 kB, its files 33 kB.
  expect(((await used()) - before) / 100).toBeLessThan(10_000);
});
