/**
 * Runs exported models in Chromium by stock TensorFlow.js and by load(), on their plain CPU backends: node loaded.mjs JOB.json
 *
 * JOB    {"root": folder to serve, "web": folder with node_modules, "site": the built site, "chromium": path, "tfjs": path of
 *         tf.min.js, "cases": [{"id", "folder": of its model.json and manifest.json, below root, "route",
 *         "inputs": [{"name": in the manifest, "fed": in model.json, "path", "shape", "dtype"}]}]}
 * stdout [{"id", "difference": largest between the two, null where one is not a number, "outputs": {name: {"shape", "values"}}}
 *         | {"id", "error"}]
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const puppeteer = createRequire(path.join(job.web, "package.json"))("puppeteer-core");
const PAGE = `<!doctype html><meta charset="utf-8"><title>models</title><link rel="icon" href="data:,">
<script src="tf.min.js"></script>
<script type="module">import { load } from "./site/load.js"; globalThis.load = load;</script>`;

const server = createServer(async (request, response) => {
  const name = decodeURIComponent(new URL(request.url, "http://x").pathname).slice(1);
  try {
    if (name === "") return response.setHeader("content-type", "text/html").end(PAGE);
    if (name.endsWith(".js")) response.setHeader("content-type", "text/javascript");
    const inSite = name.startsWith("site/") && path.join(job.site, name.slice(5));
    response.end(await readFile(name === "tf.min.js" ? job.tfjs : inSite || path.join(job.root, name)));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

/** In the page: every case by both. */
async function runAll(cases) {
  await tf.setBackend("cpu");
  const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
  const results = [];

  async function byStock({ folder, route, inputs }, arrays) {
    const load = route === "graph" ? tf.loadGraphModel : tf.loadLayersModel;
    const model = await load(`${folder}/model.json`);
    const fed = {};
    inputs.forEach(({ fed: name, shape, dtype }, i) => (fed[name] = tf.tensor(arrays[i], shape, dtype)));
    const signature = model.modelSignature?.inputs ?? {};
    const named = Object.fromEntries(Object.entries(fed).map(([name, one]) => [signature[name]?.name ?? name, one]));
    const [only, ...more] = Object.values(fed);
    const given = more.length === 0 ? only : route === "graph" ? named : model.inputNames.map((name) => fed[name]);
    const answer = route === "graph" ? await model.executeAsync(given) : model.predict(given);
    const found = [answer].flat().map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync().slice() }));
    tf.dispose([fed, answer]);
    tf.disposeVariables();
    if (route === "layers") return found;
    const known = Object.entries(model.modelSignature?.outputs ?? {});
    const names = model.outputNodes.map((node) => known.find(([, { name }]) => name === node)?.[0]);
    return names.every(Boolean) ? Object.fromEntries(names.map((name, i) => [name, found[i]])) : found;
  }

  async function byLoad({ folder, inputs }, arrays) {
    const model = await load(`${folder}/manifest.json`);
    if (model.labels?.length) throw new Error("load() must hand over to tensors");
    const given = inputs.map(({ name, shape }, i) => [name, Object.assign(arrays[i], { shape })]);
    const outputs = await model.predict(Object.fromEntries(given));
    model.dispose();
    return outputs;
  }

  for (const one of cases) {
    try {
      const arrays = [];
      for (const { path, dtype } of one.inputs) {
        arrays.push(new ARRAYS[dtype](await (await fetch(path)).arrayBuffer()));
      }
      const stock = await byStock(one, arrays);
      const ours = await byLoad(one, arrays);
      let difference = 0;
      Object.entries(ours).forEach(([name, values], i) => {
        const expected = Array.isArray(stock) ? stock[i] : stock[name];
        if (String(expected.shape) !== String(values.shape))
          throw new Error(`${name}: ${expected.shape}, ${values.shape}`);
        values.forEach((value, at) => {
          if (!Object.is(value, expected.values[at]))
            difference = Math.max(difference, Math.abs(value - expected.values[at]));
        });
      });
      const outputs = Object.entries(ours).map(([name, values]) => [
        name,
        { shape: values.shape, values: [...values].map(String) },
      ]);
      results.push({ id: one.id, difference, outputs: Object.fromEntries(outputs) });
    } catch (error) {
      results.push({ id: one.id, error: String(error?.message ?? error) });
    }
  }
  return results;
}

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  protocolTimeout: 540_000,
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => "load" in globalThis);
  process.stdout.write(JSON.stringify(await page.evaluate(runAll, job.cases)));
} finally {
  await browser.close();
  server.close();
}
