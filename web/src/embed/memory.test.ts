import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { denseModel } from "../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../testing/published.ts";
import { load } from "./load.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in use, of objects and of typed arrays: the least of several looks, because what is freed goes in steps. */
async function used(): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < 8; look++) {
    await new Promise((resolve) => setTimeout(resolve, 20)); // what finalisers still hold
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
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
  await round(300); // until the compiler has settled
  const before = await used();
  await round(1000);
  // The hundred that are kept are 5 kB each, their manifests mostly, and two looks at the same heap differ by up to 0.5 MB.
  // With the weights of all the growth would be 31 MB, with the files of those that are kept 4 MB.
  expect((await used()) - before).toBeLessThan(2e6);
});
