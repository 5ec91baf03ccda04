/**
 * Runs exported models in stock TensorFlow.js under Node, for the Python side to compare with
 * Keras.
 *
 *   node verify.mjs
 *
 * stdin  the path of JOB, a JSON file, in one line; a pipe that the parent holds open: this process
 * ends with it JOB    {"backend": "cpu" | "wasm" (default "cpu"), "wasm": "/abs/dir of
 * tfjs-backend-wasm's files" (wasm only),
 *         "out": "/abs/dir", "cases": [CASE, …]}
 *     or, to run them in a browser, also {"chromium": its path, "runtime": "tfjs" | "litert.js" |
 * "onnxruntime-web",
 *         "modules": "/abs/node_modules" of the runtime, "single": samples in a call whose time is
 * told} CASE   {"id", "runtime": "tfjs", "route": "layers" | "graph", "model": "/abs/…/model.json",
 * "inputs": [INPUT, …],
 *         "batch": n (optional)}
 *     or {"id", "runtime": "strings" | "answers", "manifest": "/abs/…/manifest.json", "given":
 * {name: ["a text", …]},
 *         "inputs": [INPUT, …]}: the outputs are the numbers that load() makes of the strings, or
 * its answers
 *     or {"id", "runtime": "dense", "manifest": "/abs/…/manifest.json", "format": "layers-uint8",
 * "inputs": [INPUT]} INPUT  {"name", "path": "/abs/x.bin", "shape": [n, …], "dtype": "float32" |
 * "int32" | "bool"}, raw little-endian values stdout {"node", "tfjs", "backend", "results":
 * [RESULT, …]}; of a browser also what page.mjs tells, or {"error"} RESULT {"id", "outputs":
 * [{"name", "shape", "dtype", "path", "labels"?: ["a", …]}, …], "seconds"} or {"id", "error"}
 *
 * The unchanged tf.min.js of @tensorflow/tfjs is beside it. A case that fails does not stop the
 * others.
 */
import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readValues, runInBatches, stockRunner, TYPES } from "./cases.mjs";
import { followParent } from "./parent.mjs";

const jobPath = followParent(); // meanwhile TensorFlow.js is loaded
const HERE = path.dirname(fileURLToPath(import.meta.url));

// stdout is for the answer only; whatever TensorFlow.js prints goes to stderr.
console.log = console.info = console.warn = console.error;

const require = createRequire(import.meta.url);
const tf = require("./tf.min.js");

/**
 * Registers the WebAssembly backend: its UMD file requires tfjs-core, which tf.min.js already
 * contains.
 */
function addWasmBackend(folder) {
  const file = path.join(folder, "tf-backend-wasm.min.js");
  const module = { exports: {} };
  const requireCore = (name) => (name === "@tensorflow/tfjs-core" ? tf : require(name));
  new Function(
    "module",
    "exports",
    "require",
    "__dirname",
    "__filename",
    readFileSync(file, "utf8"),
  )(module, module.exports, requireCore, folder, file);
  module.exports.setWasmPaths(folder + path.sep);
}

/** A file as an ArrayBuffer of its own. */
async function readBytes(file) {
  const { buffer, byteOffset, byteLength } = await readFile(file);
  return byteLength === buffer.byteLength
    ? buffer
    : buffer.slice(byteOffset, byteOffset + byteLength);
}

/** An IOHandler that reads a model.json and its weight shards from disk. */
function fromDisk(modelPath) {
  return {
    async load() {
      const json = JSON.parse(await readFile(modelPath, "utf8"));
      const folder = path.dirname(modelPath);
      const shards = [];
      const weightSpecs = [];
      for (const group of json.weightsManifest ?? []) {
        weightSpecs.push(...group.weights);
        for (const shard of group.paths) shards.push(await readBytes(path.join(folder, shard)));
      }
      return { ...json, modelTopology: json.modelTopology, weightSpecs, weightData: shards };
    },
  };
}

let kept = {}; // the input that was read last: all formats of a model are run on the same

async function readTensorData(input) {
  if (input.path !== kept.path)
    kept = { path: input.path, values: await readValues(input, readBytes) };
  return kept.values;
}

async function writeOutput(job, index, position, name, shape, dtype, values) {
  const file = path.join(job.out, `${index}-${position}.bin`);
  await writeFile(file, Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  return { name, shape, dtype, path: file };
}

async function runTfjs(case_, job, index) {
  const load = case_.route === "graph" ? tf.loadGraphModel : tf.loadLayersModel;
  const model = await load(fromDisk(case_.model));
  const read = case_.inputs.map(async (input) => ({
    ...input,
    values: await readTensorData(input),
  }));
  const inputs = await Promise.all(read);
  const loaded = tf.memory().numTensors;
  const started = performance.now();
  const found = await runInBatches(stockRunner(tf, model, case_.route), inputs, case_.batch);
  const seconds = (performance.now() - started) / 1000;
  const leaked = tf.memory().numTensors - loaded;
  if (leaked > 0) throw new Error(`predict must not leak tensors. Received: ${leaked} more.`);
  const outputs = [];
  for (const [position, { name, shape, dtype, values }] of found.entries()) {
    outputs.push(await writeOutput(job, index, position, name, shape, dtype, values));
  }
  return { id: case_.id, outputs, seconds };
}

/** The published runtime itself, as a page would use it, over files instead of the network. */
async function loadPublished(case_, file) {
  const { load } = await import(pathToFileURL(path.join(HERE, "..", "site", file)).href);
  const readFileAsResponse = async (url) =>
    new Response(await readFile(fileURLToPath(String(url))));
  return load(pathToFileURL(case_.manifest).href, {
    format: case_.format,
    fetch: readFileAsResponse,
  });
}

async function runStrings(case_, job, index) {
  const model = await loadPublished(case_, "load.js");
  const given = { ...case_.given };
  for (const input of case_.inputs) {
    given[input.name] = Object.assign(await readValues(input, readBytes), { shape: input.shape });
  }
  const found = Object.entries(
    case_.runtime === "strings" ? model.prepare(given) : await model.predict(given),
  );
  model.dispose();
  const outputs = found.map(async ([name, values], position) => {
    const dtype = Object.keys(TYPES).find((key) => values instanceof TYPES[key]);
    const written = await writeOutput(job, index, position, name, values.shape, dtype, values);
    return { ...written, labels: values.labels };
  });
  return { id: case_.id, outputs: await Promise.all(outputs), seconds: 0 };
}

async function runDense(case_, job, index) {
  const model = await loadPublished(case_, "embed.js");
  const [input] = case_.inputs;
  const data = await readTensorData(input);
  const samples = input.shape[0];
  const size = data.length / samples;
  const started = performance.now();
  let values;
  for (let i = 0; i < samples; i++) {
    const { probabilities } = await model.predict(data.subarray(i * size, (i + 1) * size));
    values ??= new Float32Array(samples * probabilities.length);
    values.set(probabilities, i * probabilities.length);
  }
  const seconds = (performance.now() - started) / 1000;
  await model.dispose();
  const shape = [samples, values.length / samples];
  const outputs = [await writeOutput(job, index, 0, "probabilities", shape, "float32", values)];
  return { id: case_.id, outputs, seconds };
}

const job = JSON.parse(await readFile(await jobPath, "utf8"));
const answer = job.chromium
  ? await (await import("./chromium.mjs")).runInChromium(job)
  : await runHere(job);
process.stdout.write(JSON.stringify({ node: process.version, tfjs: tf.version.tfjs, ...answer }));

async function runHere(job) {
  const backend = job.backend ?? "cpu";
  if (backend === "wasm") addWasmBackend(job.wasm);
  if (!(await tf.setBackend(backend)))
    throw new Error(
      `The backend must be one that TensorFlow.js can start here. Received: '${backend}'.`,
    );
  await tf.ready();
  const RUN = { tfjs: runTfjs, dense: runDense, strings: runStrings, answers: runStrings };
  const results = [];
  for (const [index, case_] of job.cases.entries()) {
    tf.engine().startScope(); // a case that throws half-way must not leave tensors to the next
    try {
      results.push(await RUN[case_.runtime](case_, job, index));
    } catch (error) {
      results.push({ id: case_.id, error: String(error?.message ?? error) });
    } finally {
      tf.engine().endScope();
      // model.dispose() keeps the weights of layers that are called more than once
      tf.disposeVariables();
    }
  }
  return { backend: tf.getBackend(), results };
}
