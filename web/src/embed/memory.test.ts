import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { engine } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { kerasModel } from "../testing/keras-models.ts";
import { filesOf, manifestOf, publish, ROOT, serve, softmaxFormats } from "../testing/published.ts";
import { runs, TIER } from "../testing/tiers.ts";
import { load } from "./load.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/**
 * Bytes in use by objects and typed arrays: the minimum of several measurements, because memory is
 * freed in steps.
 */
async function used(): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < 8; look++) {
    await new Promise((resolve) => setTimeout(resolve, 20)); // for finalisers
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

const dense = softmaxFormats(784, 10);

/** One of the models that Keras made. */
function kerasSite(title: string) {
  const model = kerasModel(title);
  const formats = [{ id: `${model.route}-any`, files: filesOf(model) }];
  return publish(
    manifestOf(formats, 1, Array.from("abc"), { input: { shape: model.inputShape } }),
    formats,
  );
}

/** TensorFlow.js counts its tensors. */
const tensors = (): number => engine().state.numTensors;

// Two measurements of the same heap differ by up to 1 MB. A model takes 30 kB, so that 200 of them
// would be 6 MB.
const LIMIT = 2e6;

test.each([
  // A page that keeps a disposed model does not keep its weights. The models that are kept here
  // take 5 kB each, mostly for their manifests. Of 1,000 models all weights would be 31 MB, and the
  // files of the kept ones 4 MB.
  ["the dense engine", 784, publish(manifestOf(dense, 784, Array.from("0123456789")), dense), 10],
  // Memory of WebAssembly counts among what is used.
  ["the dense engine with rules for convolutions", 100, kerasSite("cnn layers uint8"), Infinity],
  ["TensorFlow.js, layers", 100, kerasSite("branches layers float32"), Infinity],
  ["TensorFlow.js, a packed graph", 12, kerasSite("normalised graph uint8"), Infinity],
  ...(TIER === "all"
    ? [["TensorFlow.js, a sequence", 24, kerasSite("sequence layers float32"), Infinity] as const]
    : []),
] as const)(
  "loading and disposing of a model many times leaves nothing behind: %s",
  async (_, length, site, keepEach) => {
    const input = new Float32Array(length).fill(0.5);
    const kept: unknown[] = [];
    const round = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        const model = await load(`${ROOT}latest.json`, { fetch: serve(site, 2 ** 16) });
        await model.predict(input);
        model.dispose();
        if (time % keepEach === 0 && keepEach < Infinity) kept.push(model);
      }
    };
    await round(300); // until the compiler has warmed up
    const [bytesBefore, tensorsBefore] = [await used(), tensors()];
    await round(runs(1000));
    expect(tensors()).toBe(tensorsBefore);
    expect((await used()) - bytesBefore).toBeLessThan(LIMIT);
  },
);
