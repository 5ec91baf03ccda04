/**
 * Runs exported models in Chromium: node browser.mjs JOB.json
 *
 * JOB    {"root": folder to serve, "web": folder with node_modules, "chromium": path, "places": {below "/": a folder or file},
 *         "cases": [{"id", "folder": of its model.json and manifest.json, below root, "route", "engines": [ENGINE],
 *         "inputs": [{"name": in the manifest, "fed": in model.json, "path": below root, "shape", "dtype"}]}]}
 * ENGINE "cpu", "webgl" or "wasm": a backend of stock TensorFlow.js; or "load", which is load() of load.js
 * stdout {ENGINE: [{"id", "outputs": [{"name", "shape", "values": as text, which NaN has, too}]} | {"id", "error"}]}
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const puppeteer = createRequire(path.join(job.web, "package.json"))("puppeteer-core");
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html><meta charset="utf-8"><title>models</title><link rel="icon" href="data:,">
<script src="tf.min.js"></script><script src="wasm/tf-backend-wasm.min.js"></script>
<script type="module">import { load } from "./site/load.js"; import { stockRunner } from "./verify/cases.mjs";
Object.assign(globalThis, { load, stockRunner });</script>`;

const server = createServer(async (request, response) => {
  const name = decodeURIComponent(new URL(request.url, "http://x").pathname).slice(1);
  const [place, ...rest] = name.split("/");
  try {
    if (name === "") return response.setHeader("content-type", "text/html").end(PAGE);
    response.setHeader("content-type", TYPES[path.extname(name)] ?? "application/octet-stream");
    response.end(await readFile(path.join(job.places[place] ?? path.join(job.root, place), ...rest)));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

/** In the page: these cases by one engine. */
async function runAll(engine, cases) {
  const backend = engine === "load" ? "cpu" : engine;
  const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
  if (backend === "wasm") tf.wasm.setWasmPaths("wasm/");
  await tf.setBackend(backend);
  await tf.ready();

  async function byStock({ folder, route, inputs }, arrays) {
    const model = await (route === "graph" ? tf.loadGraphModel : tf.loadLayersModel)(`${folder}/model.json`);
    const fed = inputs.map(({ fed: name, shape, dtype }, i) => ({ name, shape, dtype, values: arrays[i] }));
    const found = await globalThis.stockRunner(tf, model, route)(fed);
    tf.disposeVariables();
    return found;
  }

  async function byLoad({ folder, inputs }, arrays) {
    const model = await load(`${folder}/manifest.json`);
    if (model.labels?.length) throw new Error("load() must hand over to tensors");
    const given = inputs.map(({ name, shape }, i) => [name, Object.assign(arrays[i], { shape })]);
    const outputs = await model.predict(Object.fromEntries(given));
    model.dispose();
    return Object.entries(outputs).map(([name, values]) => ({ name, shape: values.shape, values }));
  }

  const results = [];
  for (const one of cases) {
    try {
      const files = one.inputs.map(
        async ({ path, dtype }) => new ARRAYS[dtype](await (await fetch(path)).arrayBuffer()),
      );
      const outputs = await (engine === "load" ? byLoad : byStock)(one, await Promise.all(files));
      results.push({
        id: one.id,
        outputs: outputs.map((output) => ({ ...output, values: [...output.values].map(String) })),
      });
    } catch (error) {
      results.push({ id: one.id, error: String(error?.message ?? error) });
    }
  }
  if (tf.getBackend() !== backend) throw new Error(`The browser has no backend ${backend}.`);
  return results;
}

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: ["--enable-unsafe-swiftshader", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  protocolTimeout: 0,
});
try {
  const answer = {};
  for (const engine of new Set(job.cases.flatMap(({ engines }) => engines))) {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => "load" in globalThis, { timeout: 0 });
    const cases = job.cases.filter(({ engines }) => engines.includes(engine));
    answer[engine] = await page.evaluate(runAll, engine, cases);
    await page.close();
  }
  process.stdout.write(JSON.stringify(answer));
} finally {
  await browser.close();
  server.close();
}
