/**
 * Runs models in a runtime for pages: the script of page.html, which chromium.mjs serves and opens.
 *
 * It asks its server for job, which is the JOB of verify.mjs; for disk/ and the path of a file; and
 * for alive, which has no answer. It sends out/N, an output's raw values, and answer: {"runtime"
 * and "browser" with their versions, "backend": what computed, "device": behind WebGPU or WebGL,
 * "software": whether that is no GPU, "results": [RESULT of verify.mjs, and
 * "latency_ms"]} or {"error"}.
 */
import { readValues, rowsOf, runInBatches, stockRunner, TYPES } from "./cases.mjs";
import { prepareForeign } from "./foreign.js"; // built from src/runtime/tfjs

const LATENCY_RUNS = 20; // after a first one, unless they take LATENCY_MS
const LATENCY_MS = 2000;
const ONNX_FILES = { wasm: "ort.wasm.bundle.min.mjs", webgpu: "ort.webgpu.bundle.min.mjs" };
/** How runtimes say on the console that not all of a model runs where it was wanted. */
const IN_PART = /not assigned to the preferred execution providers|Model not fully compiled/;

/** Devices that are no GPU. */
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

const { document, navigator } = globalThis;
let inPart = false;
for (const level of ["log", "warn", "error"]) {
  const write = console[level];
  console[level] = (...said) => {
    inPart ||= IN_PART.test(String(said[0]));
    write(...said);
  };
}

const SERVER = globalThis.location.pathname.split("/", 2).join("/");
const ask = (path, body) => fetch(`${SERVER}/${path}`, { method: "POST", body });
const disk = (path) => `${SERVER}/disk${path.split("/").map(encodeURIComponent).join("/")}`;
const bytesOf = async (path) => (await fetch(disk(path))).arrayBuffer();

/** Run a script that is no module. */
const script = (src) =>
  new Promise((loaded, failed) => {
    const onerror = () => failed(new Error(`${src} must load`));
    document.body.append(
      Object.assign(document.createElement("script"), { src, onload: loaded, onerror }),
    );
  });

/** Each returns its version and `open`, which makes a runner (see cases.mjs) of a case's model. */
const RUNTIMES = {
  async tfjs({ backend, modules }) {
    await script("tf.min.js");
    const { tf } = globalThis;
    if (backend === "wasm") {
      await script("tf-backend-wasm.min.js");
      tf.wasm.setWasmPaths("./");
    }
    if (backend === "webgpu")
      await script(
        disk(`${modules}/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js`),
      );
    if (!(await tf.setBackend(backend))) throw new Error("TensorFlow.js cannot start it");
    const open = async ({ model, route }) =>
      stockRunner(
        tf,
        await (route === "graph" ? tf.loadGraphModel : tf.loadLayersModel)(disk(model)),
        route,
      );
    return { version: tf.version.tfjs, open };
  },
  async "onnxruntime-web"({ backend, modules }) {
    const runtime = await import(disk(`${modules}/onnxruntime-web/dist/${ONNX_FILES[backend]}`));
    return { version: runtime.env.versions.web, open: loadRunner({ runtime, backend }) };
  },
  async "litert.js"({ backend, modules }) {
    const folder = disk(`${modules}/@litertjs/`);
    // the one name in its module
    const imports = { "@litertjs/wasm-utils": `${folder}wasm-utils/dist/index.js` };
    const map = document.createElement("script");
    document.head.append(
      Object.assign(map, { type: "importmap", text: JSON.stringify({ imports }) }),
    );
    const runtime = await import(`${folder}core/dist/index.js`);
    await runtime.loadLiteRt(`${folder}core/wasm/`);
    const { version } = await (await fetch(`${folder}core/package.json`)).json();
    return { version, open: loadRunner({ runtime, backend }) };
  },
};

/** How load() runs the file, as a runner. */
const loadRunner =
  (options) =>
  async ({ route, model }) => {
    const runner = await prepareForeign(route, options)(new Uint8Array(await bytesOf(model)));
    return async (inputs) => {
      const found = await runner.run(
        runner.inputs.map(({ name }) => inputs.find((input) => input.name === name)),
      );
      return found.map(({ shape, values }, at) => {
        const [dtype] = Object.entries(TYPES).find(([, array]) => values instanceof array);
        return { name: runner.outputs[at].name, shape, dtype, values };
      });
    };
  };

/**
 * The mean time of a call with `rows` samples, once they have run: a page's clock shows tenths of a
 * millisecond alone.
 */
async function latency(run, inputs, rows) {
  const one = rowsOf(inputs, 0, Math.min(rows, inputs[0].shape[0]));
  await run(one);
  const started = performance.now();
  let [calls, passed] = [0, 0];
  while (calls < LATENCY_RUNS && passed < LATENCY_MS) {
    await run(one);
    calls += 1;
    passed = performance.now() - started;
  }
  return passed / calls;
}

/** Name the device behind WebGPU or WebGL in this browser; null for other backends. */
async function deviceOf(backend) {
  if (backend === "webgpu") {
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter) throw new Error("the browser has no WebGPU adapter");
    const { vendor, architecture, device, description } = adapter.info;
    return [vendor, architecture, device, description].filter(Boolean).join(" ");
  }
  if (backend !== "webgl") return null;
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) throw new Error("the browser has no WebGL 2");
  return gl.getParameter(
    gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER,
  );
}

async function runCase(case_, open, single) {
  const run = await open(case_);
  const read = case_.inputs.map(async (input) => ({
    ...input,
    values: await readValues(input, bytesOf),
  }));
  const inputs = await Promise.all(read);
  const started = performance.now();
  const found = await runInBatches(run, inputs, case_.batch);
  const seconds = (performance.now() - started) / 1000;
  const outputs = found.map(async ({ values, ...output }, position) => {
    const path = `${case_.id}-${position}.bin`;
    await ask(`out/${path}`, values);
    return { ...output, path };
  });
  const latency_ms = await latency(run, inputs, single);
  return { id: case_.id, outputs: await Promise.all(outputs), seconds, latency_ms };
}

async function answer() {
  const job = await (await ask("job")).json();
  const device = await deviceOf(job.backend);
  const { version, open } = await RUNTIMES[job.runtime](job);
  const results = [];
  for (const case_ of job.cases) {
    try {
      results.push(await runCase(case_, open, job.single));
    } catch (error) {
      results.push({
        id: case_.id,
        error: String(error?.cause?.message ?? error?.message ?? error),
      }); // its own words
    }
  }
  const { fullVersionList } = await navigator.userAgentData.getHighEntropyValues([
    "fullVersionList",
  ]);
  const browser = fullVersionList
    .map(({ brand, version }) => `${brand} ${version}`)
    .find((name) => /^Chrom/.test(name));
  const backend = inPart ? `${job.backend}, in part wasm` : job.backend;
  const software = device !== null && SOFTWARE.test(device);
  return { runtime: `${job.runtime} ${version}`, browser, backend, device, software, results };
}

void ask("alive").catch(() => undefined); // its end tells that this page has crashed
const found = await answer().catch((error) => ({ error: String(error?.message ?? error) }));
await ask("answer", JSON.stringify(found));
