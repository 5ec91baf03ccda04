// node visit.mjs JOB.json: visits pages that each answer one digit, in turns, in one Chromium, and
// prints as JSON what that took.
//
// JOB: { chromium, rounds, mounts, inputs, contenders: [{ id, module, query, head, body, policy }]
// }. `mounts` as in host.mjs;
// `inputs` is the path of a file of float32 on that host, example after example; `module` lies in
// contenders/; `head` and
// `body` are HTML.
// Each module sets globalThis.predict(Float32Array) → probabilities, predicts once, sets
// globalThis.firstMs, the milliseconds since the navigation started, and logs "answered"; until
// then the driver runs nothing in the page. Prints { browser, gl, contenders: [{ id, error } | {
// id, bytes, requests, first_ms, each_ms, drawing_ms, probabilities }] }.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { serve } from "./host.mjs";

const PATIENCE_MS = 120_000; // the first visit waits while the host compresses 20 MB

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const pages = new Map(
  job.contenders.map((contender) => [`/${contender.id}.html`, html(contender)]),
);
const mounts = { ...job.mounts, "/contenders/": join(import.meta.dirname, "contenders") };
const host = await serve(mounts, pages);
const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [], // root has no sandbox in most containers
  networkEnabled: false, // watching the network takes time: one visit of its own does
  protocolTimeout: PATIENCE_MS,
});

function html({ module, head = "", body = "", policy }) {
  const importMap = { imports: { "@litertjs/core": "/npm/@litertjs/core/dist/index.js" } };
  importMap.imports["@litertjs/wasm-utils"] = "/npm/@litertjs/wasm-utils/dist/index.js";
  const map =
    module === "litert.js" ? `<script type="importmap">${JSON.stringify(importMap)}</script>` : "";
  const rule = policy ? `<meta http-equiv="Content-Security-Policy" content="${policy}">` : "";
  return (
    `<!doctype html><title>A page</title><link rel="icon" href="data:,">${rule}${map}${head}` +
    `<script type="module" src="/contenders/${module}"></script>${body}`
  );
}

/**
 * A visit by a browser that has never been here, until its first answer; `look` gets the page
 * before it goes there.
 */
async function visit({ id, query }, after, before = () => undefined) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const failed = new Promise((_, reject) => page.once("pageerror", reject));
    failed.catch(() => undefined);
    const watching = await before(page);
    const answered = new Promise((resolve, reject) => {
      page.on("console", (message) => message.text() === "answered" && resolve());
      setTimeout(
        reject,
        PATIENCE_MS,
        new Error(`No answer within ${PATIENCE_MS / 1000} s`),
      ).unref();
    });
    const loaded = page.goto(`${host.url}/${id}.html?${new URLSearchParams(query)}`);
    await Promise.race([Promise.all([loaded, answered]), failed]);
    return await after(page, watching);
  } finally {
    await context.close();
  }
}

/**
 * Which files a visit fetches until its first answer, and the bytes of each as they came, headers
 * included.
 */
async function watchNetwork(page) {
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  const requests = new Map(); // id → { path, bytes }
  const done = new Set();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (!request.url.startsWith("data:"))
      requests.set(requestId, { path: new URL(request.url).pathname, bytes: 0 });
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    done.add(requestId);
    if (requests.has(requestId)) requests.get(requestId).bytes = encodedDataLength;
  });
  return {
    async stop() {
      const sent = [...requests.keys()];
      while (!sent.every((id) => done.has(id)))
        await new Promise((resume) => setTimeout(resume, 20));
      return sent.map((id) => requests.get(id));
    },
  };
}

/**
 * In the page: milliseconds of one call once its code is compiled, from batches that are long
 * beside the clock's 0.1 ms.
 */
async function timeBatches(call) {
  for (let i = 0; i < 100; i++) await call(i); // the first of them takes as long as ten later ones
  const batch = async (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) await call(i);
    return performance.now() - start;
  };
  let count = 1;
  while ((await batch(count)) < 20) count *= 2;
  const times = [];
  for (let i = 0; i < 5; i++) times.push((await batch(count)) / count);
  return times;
}

const inPage = (body) => `(async () => { const timeBatches = ${timeBatches}; ${body} })()`;
const fetchInputs = `
  const all = new Float32Array(await (await fetch(${JSON.stringify(job.inputs)})).arrayBuffer());
  const size = Number(new URLSearchParams(location.search).get("size"));
  const inputs = Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));`;
const timePredictions = inPage(
  `${fetchInputs} return timeBatches((i) => predict(inputs[i % inputs.length]));`,
);
const predictInputs = inPage(`
  ${fetchInputs}
  const answers = [];
  for (const input of inputs) answers.push([...(await predict(input))]);
  return answers;`);
/**
 * A 7 of bold strokes on a canvas of 280 × 280 pixels. Who cannot take a canvas is given our
 * preparation of it.
 */
const timeDrawings = inPage(`
  const query = new URLSearchParams(location.search);
  const canvas = Object.assign(document.createElement("canvas"), { width: 280, height: 280 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  Object.assign(context, { lineWidth: 22, lineCap: "round", lineJoin: "round" });
  context.stroke(new Path2D("M70 70H200L120 230"));
  const { drawings } = await import(query.get("preparation"));
  const manifest = await (await fetch(query.get("manifest"))).json();
  const { prepare } = drawings(manifest, "", (code, rule) => { throw new Error(rule); });
  const predictPrepared = async (canvas) => predict((await prepare(canvas)).input);
  return timeBatches(() => (globalThis.predictAny ?? predictPrepared)(canvas));`);
const readRenderer = `(() => {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  return gl && gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
})()`;

const results = new Map();
for (const contender of job.contenders) {
  const { id, module } = contender;
  try {
    // The host now compresses what it has not yet; the second visit finds it ready.
    const probabilities = await visit(contender, (page) =>
      module === "empty.js" ? null : page.evaluate(predictInputs),
    );
    const requests = await visit(contender, (_, network) => network.stop(), watchNetwork);
    const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
    results.set(id, {
      id,
      bytes,
      requests,
      first_ms: [],
      each_ms: [],
      drawing_ms: [],
      probabilities,
    });
  } catch (error) {
    results.set(id, { id, error: String(error.message ?? error) });
  }
}
const running = job.contenders.filter(({ id }) => !results.get(id).error);
for (let round = 0; round < job.rounds; round++) {
  // Each round starts at another place: none always comes after the same one.
  for (let turn = 0; turn < running.length; turn++) {
    const contender = running[(turn + round) % running.length];
    const result = results.get(contender.id);
    await visit(contender, async (page) => {
      result.first_ms.push(await page.evaluate("firstMs"));
      if (contender.module !== "empty.js")
        result.each_ms.push(...(await page.evaluate(timePredictions)));
      if (contender.query.preparation)
        result.drawing_ms.push(...(await page.evaluate(timeDrawings)));
    });
  }
  console.error(`round ${round + 1} of ${job.rounds}`);
}
const gl = await visit(
  job.contenders.find(({ module }) => module === "empty.js"),
  (page) => page.evaluate(readRenderer),
);
const version = await browser.version();
await browser.close();
host.close();
console.log(JSON.stringify({ browser: version, gl, contenders: [...results.values()] }));
