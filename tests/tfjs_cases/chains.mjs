/**
 * Runs exported models by the small engine, in Node: node chains.mjs JOB.json
 *
 * JOB    {"web": folder of the sources, "cases": [{"id", "folder": of its model.json, "inputs": [{"path", "shape"}]}]}
 * stdout [{"id", "outputs": [[…] of each example]} | {"id", "error": code of the ModelError, or a message}]
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const source = (name) => import(pathToFileURL(path.join(job.web, name)).href);
globalThis.KERNELS = JSON.parse((await source("scripts/wat.mjs")).KERNELS);
const { createDenseEngine, ruleOf } = await source("src/runtime/dense/engine.ts");
const { activation } = await source("src/runtime/dense/activations.ts");
const { rulesFor } = await source("src/runtime/conv/layers.ts");
const { fail } = await source("src/runtime/errors.ts");

const bytesOf = async (file) => new Uint8Array(await readFile(file));

async function run({ folder, inputs: [input, ...more] }) {
  const modelJson = JSON.parse(await readFile(path.join(folder, "model.json"), "utf8"));
  if (!input || more.length > 0) throw Object.assign(new Error(), { code: "unsupported" });
  const shards = modelJson.weightsManifest.flatMap(({ paths }) => paths);
  const data = Buffer.concat(await Promise.all(shards.map((name) => bytesOf(path.join(folder, name)))));
  const engine = createDenseEngine(modelJson, new Uint8Array(data), await rulesFor(fail, ruleOf, activation));
  const values = new Float32Array((await bytesOf(input.path)).buffer);
  const size = values.length / input.shape[0];
  return Array.from({ length: input.shape[0] }, (_, i) => [
    ...engine.run(values.subarray(i * size, (i + 1) * size)).probabilities,
  ]);
}

const results = [];
for (const one of job.cases) {
  try {
    results.push({ id: one.id, outputs: await run(one) });
  } catch (error) {
    results.push({ id: one.id, error: error?.code ?? String(error) });
  }
}
process.stdout.write(JSON.stringify(results));
