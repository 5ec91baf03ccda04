// Models that only TensorFlow.js can run, by the built embed.js under a strict policy: from another host, in a worker, and its
// WebGL backend beside its CPU backend.
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { load as Load } from "../../web/src/embed/embed.ts";
import type { ProgramModule } from "../../web/src/runtime/tfjs/program.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { launch, watch, type Watch } from "./browser.ts";
import { serve, type Host } from "./server.ts";
import { addKerasModel } from "./site.ts";

declare global {
  /** Put there by the page of these tests. */
  var load: typeof Load;
  var part: (url: string) => Promise<unknown>;
}

const BUILT = join(import.meta.dirname, "../../pipeline/_web/site");
const LAYERS = "branches layers float32";
const GRAPH = "branches graph float32";
/** See web/src/runtime/tfjs/models.test.ts and AGREEMENT in engine.ts: WebGL has exponentials of its own. */
const LIMIT = 5e-5;

let browser: Browser;
let folder: string;
let host: Host;
let page: Page;
let seen: Watch;

async function makeSite(): Promise<string> {
  const site = await mkdtemp(join(tmpdir(), "tfjs-"));
  await addKerasModel(site, "layers", LAYERS);
  await addKerasModel(site, "graph", GRAPH);
  await cp(join(BUILT, "embed.js"), join(site, "embed.js"));
  await cp(join(BUILT, "assets"), join(site, "assets"), { recursive: true });
  await writeFile(
    join(site, "index.html"),
    '<!doctype html><title>a blog</title><link rel="icon" href="data:,"><script type="module" src="blog.js"></script>',
  );
  await writeFile(
    join(site, "blog.js"),
    'import { load } from "./embed.js"; Object.assign(globalThis, { load, part: (url) => import(url) });',
  );
  return site;
}

async function partOf(name: string): Promise<string> {
  const files = await readdir(join(folder, "assets"));
  const file = files.find((file) => new RegExp(`^${name}-[\\w-]{8}\\.js$`).test(file));
  if (file) return `${host.url}assets/${file}`;
  throw new Error(`assets/ must hold ${name}. Received: ${files.join()}.`);
}

beforeAll(async () => {
  browser = await launch();
  folder = await makeSite();
});

afterAll(async () => {
  await browser.disconnect();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  host = await serve(folder);
  page = await browser.newPage();
  seen = await watch(page);
  await page.goto(host.url);
});

afterEach(async () => {
  await page.close();
  await host.close();
});

const predict = (address: string, input: number[]) =>
  page.evaluate(
    async (address, input) => {
      const model = await load(address);
      const answer = await model.predict(Float32Array.from(input));
      return [...answer.probabilities!];
    },
    address,
    input,
  );

function expectKeras(probabilities: readonly number[]): void {
  const [expected] = kerasModel(LAYERS).outputs;
  expect(probabilities).toHaveLength(expected!.length);
  probabilities.forEach((value, index) => {
    expect(Math.abs(value - expected![index]!)).toBeLessThanOrEqual(LIMIT);
  });
}

const parts = () =>
  seen.requests.map((url) => /assets\/(.*)-[\w-]{8}\.js$/.exec(url)?.[1]).filter((name) => name !== undefined);

test("a CNN's layers-model and graph-model give Keras' answers, in a page and in a worker", async () => {
  const input = [...kerasModel(LAYERS).inputs[0]!];
  expectKeras(await predict("models/layers/latest.json", input));
  expect(parts()).toEqual(["ink", "engine-tfjs", "tfjs-layers"]);
  expectKeras(await predict("models/graph/latest.json", input));
  expect(parts()).toEqual(["ink", "engine-tfjs", "tfjs-layers", "tfjs-graph"]);
  expect(seen.complaints).toEqual([]);

  await writeFile(
    join(folder, "worker.js"),
    `import { load } from "./embed.js";
     addEventListener("message", async ({ data }) => {
       const model = await load("models/layers/latest.json");
       postMessage([...(await model.predict(data)).probabilities]);
     });
     postMessage("ready");`,
  );
  const answer = await page.evaluate(
    (input) =>
      new Promise<number[]>((resolve, reject) => {
        const worker = new Worker("worker.js", { type: "module" });
        worker.onerror = () => {
          reject(new Error("The worker failed."));
        };
        worker.onmessage = ({ data }: MessageEvent<number[] | "ready">) => {
          if (data === "ready") worker.postMessage(Float32Array.from(input));
          else resolve(data);
        };
      }),
    input,
  );
  expectKeras(answer);
});

test("from another host, which says that others may use its files; a part that does not arrive is an error of the network", async () => {
  const site = await serve(folder, { shared: true });
  const blog = await mkdtemp(join(tmpdir(), "blog-"));
  await writeFile(
    join(blog, "index.html"),
    '<!doctype html><title>a blog</title><link rel="icon" href="data:,"><script type="module" src="blog.js"></script>',
  );
  await writeFile(join(blog, "blog.js"), `import { load } from "${site.url}embed.js"; globalThis.load = load;`);
  const policy = `default-src 'none'; script-src 'self' ${site.origin}; connect-src ${site.origin}; style-src 'self'; img-src data:`;
  const blogHost = await serve(blog, { policy });
  site.keeps = false;
  const address = `${site.url}models/layers/latest.json`;
  try {
    site.tamper = (path, body) => (path.includes("tfjs-layers") ? null : body);
    await page.goto(blogHost.url);
    const code = await page.evaluate(
      (address) =>
        load(address).then(
          () => "a model",
          (error: unknown) => (error as { code: string }).code,
        ),
      address,
    );
    expect(code).toBe("network");
    site.tamper = (_, body) => body;
    const before = seen.complaints.length;
    await page.reload();
    expectKeras(await predict(address, [...kerasModel(LAYERS).inputs[0]!]));
    expect(seen.complaints.slice(before)).toEqual([]);
  } finally {
    await site.close();
    await blogHost.close();
    await rm(blog, { recursive: true });
  }
});

test("WebGL, where there is one, answers as the CPU does, and a lost context is noticed", async () => {
  const { modelJson, data, inputs, inputShape } = kerasModel(LAYERS);
  const [layers, webgl] = [await partOf("tfjs-layers"), await partOf("tfjs-webgl")];
  const answer = await page.evaluate(
    async (layers, webgl, modelJson, data, input, shape) => {
      if (!document.createElement("canvas").getContext("webgl2")) return null;
      // The backend's canvas is not in the page: find it to take its context away.
      const contexts: WebGL2RenderingContext[] = [];
      // eslint-disable-next-line @typescript-eslint/unbound-method -- it is given its `this` below
      const { getContext } = OffscreenCanvas.prototype;
      OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...all: Parameters<typeof getContext>) {
        const context = getContext.apply(this, all);
        if (context instanceof WebGL2RenderingContext) contexts.push(context);
        return context;
      } as typeof getContext;
      const { tools, open } = (await part(layers)) as ProgramModule;
      await part(webgl);
      await tools.start("webgl");
      const program = open(modelJson, Uint8Array.from(data));
      const [result] = await program.run([{ shape: [1, ...shape], values: Float32Array.from(input) }]);
      const before = tools.gpuIsReliable();
      for (const context of contexts) {
        context.getExtension("WEBGL_lose_context")?.loseContext();
      }
      return { values: [...result!.values], before, after: tools.gpuIsReliable() };
    },
    layers,
    webgl,
    modelJson,
    [...data],
    [...inputs[0]!],
    inputShape,
  );
  if (!answer) return; // this machine has not even a software one
  expectKeras(answer.values);
  expect([answer.before, answer.after]).toEqual([true, false]);
});
