/**
 * Runs exported models in a real browser: node browser.mjs JOB.json
 *
 * JOB    {"root": folder to serve, "web": folder with node_modules, "chromium": path, "wasm": folder of tfjs-backend-wasm,
 *         "tfjs": path of tf.min.js, "cases": [{"id", "route", "model": path below root, "inputs": [{"name", "path", "shape",
 *         "dtype"}]}]}
 * stdout {"webgl": [{"id", "outputs": [{"name", "shape", "values": base64 of float32}]} | {"id", "error"}], "wasm": […]}
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const puppeteer = createRequire(path.join(job.web, "package.json"))("puppeteer-core");
const PAGE = `<!doctype html><meta charset="utf-8"><title>models</title><script src="tf.min.js"></script>
<script src="wasm/tf-backend-wasm.min.js"></script>`;

const server = createServer(async (request, response) => {
  const name = decodeURIComponent(new URL(request.url, "http://x").pathname).slice(1);
  try {
    if (name === "") return response.setHeader("content-type", "text/html").end(PAGE);
    const file =
      name === "tf.min.js"
        ? job.tfjs
        : name.startsWith("wasm/")
          ? path.join(job.wasm, name.slice(5))
          : path.join(job.root, name);
    if (name.endsWith(".wasm")) response.setHeader("content-type", "application/wasm");
    response.end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}/`;

/** In the page: every case on one backend. */
async function runAll(backend, cases) {
  if (backend === "wasm") tf.wasm.setWasmPaths("wasm/");
  await tf.setBackend(backend);
  await tf.ready();
  const results = [];
  for (const one of cases) {
    try {
      const load = one.route === "graph" ? tf.loadGraphModel : tf.loadLayersModel;
      const model = await load(one.model);
      const inputs = {};
      for (const { name, path, shape, dtype } of one.inputs) {
        const bytes = await (await fetch(path)).arrayBuffer();
        inputs[name] = tf.tensor(dtype === "int32" ? new Int32Array(bytes) : new Float32Array(bytes), shape, dtype);
      }
      const values = Object.values(inputs);
      const given =
        values.length === 1 ? values[0] : one.route === "graph" ? inputs : model.inputNames.map((n) => inputs[n]);
      const answer = one.route === "graph" ? await model.executeAsync(given) : model.predict(given);
      const outputs = [];
      for (const tensor of Array.isArray(answer) ? answer : [answer]) {
        const numbers = new Uint8Array(new Float32Array(await tensor.data()).buffer);
        let text = "";
        for (let i = 0; i < numbers.length; i += 8192) text += String.fromCharCode(...numbers.subarray(i, i + 8192));
        outputs.push({ shape: tensor.shape, values: btoa(text) });
      }
      results.push({ id: one.id, outputs });
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
});
try {
  const answer = {};
  for (const backend of ["webgl", "wasm"]) {
    const page = await browser.newPage();
    await page.goto(address);
    answer[backend] = await page.evaluate(runAll, backend, job.cases);
  }
  process.stdout.write(JSON.stringify(answer));
} finally {
  await browser.close();
  server.close();
}
