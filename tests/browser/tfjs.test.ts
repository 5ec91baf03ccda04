// Models that are not dense, by the built embed.js under a strict policy: convolutions in every
// browser; and what only TensorFlow.js can run, from another host, and by its WebGL backend beside
// its CPU backend; in a worker: see embed.test.ts.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { ProgramModule } from "../../web/src/runtime/tfjs/program.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { inChromiumAlone, inEveryBrowser, makeSite, Stage, writePost } from "./scenario.ts";
import { serve } from "./server.ts";

const CHAIN = "cnn layers uint16";
const LAYERS = "branches layers float32";
/**
 * For uint16 weights, see web/src/runtime/tfjs/models.test.ts; WebGL has exponentials of its own:
 * AGREEMENT in engine.ts.
 */
const LIMIT = 5e-5;

declare global {
  /** Put there by the page of these tests, besides load(). */
  var part: (url: string) => Promise<unknown>;
}
let folder: string;
beforeAll(async () => {
  folder = await makeSite({ chain: CHAIN, layers: LAYERS, graph: "branches graph float32" });
  await writePost(
    folder,
    'import { load } from "./embed.js"; Object.assign(globalThis, { load, part: (url) => import(url) });',
  );
});

/** Names of the parts that were asked for before an answer; “extras” comes after it. */
const partsOf = (urls: readonly string[]) =>
  urls
    .map((url) => /assets\/(?!extras)(.*)-[\w-]{8}\.js$/.exec(url)?.[1])
    .filter((name) => name !== undefined);

function expectKeras(
  probabilities: readonly number[],
  [expected] = kerasModel(LAYERS).outputs,
): void {
  expect(probabilities).toHaveLength(expected!.length);
  for (const [index, value] of probabilities.entries()) {
    expect(Math.abs(value - expected![index]!)).toBeLessThanOrEqual(LIMIT);
  }
}

/**
 * The first browser's: all give the same numbers, to the last bit, by WebAssembly and by
 * JavaScript.
 */
let logits: number[][] | undefined;

inEveryBrowser((stage) => {
  test("a chain of convolutions gives Keras' answers without TensorFlow.js, with and without WebAssembly", async () => {
    stage.mayComplain = /Content.Security.Policy|policy violation/i;
    const { inputs, outputs } = kerasModel(CHAIN);
    for (const allowed of ["'wasm-unsafe-eval'", ""]) {
      const policy = `default-src 'none'; script-src 'self' ${allowed}; connect-src 'self'; img-src data:`;
      const host = await serve(folder, policy);
      const { seen } = stage;
      await stage.page.goto(host.url);
      await stage.until(() => "load" in globalThis);
      const found = await stage.page.evaluate(
        async (inputs) => {
          const model = await load("models/chain/latest.json");
          const answers: number[][][] = [];
          for (const input of inputs) {
            const { logits, probabilities } = await model.predict(Float32Array.from(input));
            answers.push([[...logits!], [...probabilities!]]);
          }
          return answers;
        },
        inputs.map((input) => [...input]),
      );
      expect(found).toHaveLength(outputs.length);
      for (const [sample, [, probabilities]] of found.entries())
        expectKeras(probabilities!, [outputs[sample]!]);
      // Before exponentials, which each browser has of its own.
      const before = found.map(([logits]) => logits!);
      expect(before).toEqual((logits ??= before));
      expect(partsOf(host.asked).sort()).toEqual(["conv", "ink"]);
      // The browser's own report, once, and no other words.
      if (allowed) expect(seen.complaints).toEqual([]);
    }
  });
});

inChromiumAlone(
  (stage) => {
    const input = [...kerasModel(LAYERS).inputs[0]!];
    const predict = (address: string) =>
      stage.page.evaluate(
        async (address, input) => {
          const model = await load(address);
          return [...(await model.predict(Float32Array.from(input))).probabilities!];
        },
        address,
        input,
      );
    const open = async (url: string) => {
      await stage.page.goto(url);
      await stage.until(() => "load" in globalThis);
    };

    test("a CNN's layers-model and graph-model give Keras' answers", async () => {
      await open(stage.host.url);
      expectKeras(await predict("models/layers/latest.json"));
      expect(partsOf(stage.seen.requests)).toEqual(["ink", "engine-tfjs", "tfjs-layers"]);
      expectKeras(await predict("models/graph/latest.json"));
      expect(partsOf(stage.seen.requests)).toEqual([
        "ink",
        "engine-tfjs",
        "tfjs-layers",
        "tfjs-graph",
      ]);
    });

    test("WebGL, where there is one, answers as the CPU does, and a lost context is noticed", async () => {
      const { modelJson, data, inputs, inputShape } = kerasModel(LAYERS);
      await open(stage.host.url);
      const files = await readdir(join(folder, "assets"));
      const [layers, webgl] = ["layers", "webgl"].map(
        (name) =>
          `${stage.host.url}assets/${files.find((file) => new RegExp(`^tfjs-${name}-[\\w-]{8}\\.js$`).test(file))!}`,
      );
      const answer = await stage.page.evaluate(
        async (layers, webgl, modelJson, data, input, shape) => {
          if (!document.createElement("canvas").getContext("webgl2")) return null;
          // The backend's canvas is not in the page: find it to take its context away.
          const contexts: WebGL2RenderingContext[] = [];
          // eslint-disable-next-line @typescript-eslint/unbound-method -- it is given its `this` below
          const { getContext } = OffscreenCanvas.prototype;
          OffscreenCanvas.prototype.getContext = function (
            this: OffscreenCanvas,
            ...all: Parameters<typeof getContext>
          ) {
            const context = getContext.apply(this, all);
            if (context instanceof WebGL2RenderingContext) contexts.push(context);
            return context;
          } as typeof getContext;
          const { tools, open } = (await part(layers)) as ProgramModule;
          await part(webgl);
          await tools.start("webgl");
          const program = open(modelJson, Uint8Array.from(data));
          const [result] = await program.run([
            { shape: [1, ...shape], values: Float32Array.from(input) },
          ]);
          const before = tools.gpuIsReliable();
          for (const context of contexts) context.getExtension("WEBGL_lose_context")?.loseContext();
          return { values: [...result!.values], before, after: tools.gpuIsReliable() };
        },
        layers!,
        webgl!,
        modelJson,
        [...data],
        [...inputs[0]!],
        inputShape,
      );
      if (!answer) return; // this machine has not even a software one
      expectKeras(answer.values);
      expect([answer.before, answer.after]).toEqual([true, false]);
    });
  },
  new Stage(() => Promise.resolve(folder)),
);
