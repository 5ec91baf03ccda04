// The parts as they are shipped: built in memory, written to a folder of their own, and run in
// Node. Their sizes: web/budgets.json.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { buildTfjs } from "../../../scripts/build-tfjs.mjs";
import { kerasModel } from "../../testing/keras-models.ts";
import { temporary } from "../../testing/temporary.ts";
import type * as EngineModule from "./engine.ts";
import { ModelError } from "../errors.ts";

let folder: string;
let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await temporary();
  const { engine, pinned, parts } = await buildTfjs(folder);
  files = new Map([engine, pinned, ...parts].map(({ name, code }) => [name, code]));
});

const fileOf = (part: string): string => {
  const name = [...files.keys()].find((name) => new RegExp(`^${part}-[\\w-]{8}\\.js$`).test(name));
  if (!name) throw new Error(`There is no ${part} among ${[...files.keys()].join()}.`);
  return name;
};
const load = async (): Promise<typeof EngineModule> =>
  (await import(
    pathToFileURL(join(folder, "assets", fileOf("engine-tfjs"))).href
  )) as typeof EngineModule;

test("need no permission to evaluate text, ask for nothing, keep nothing, and say nothing in somebody's console", () => {
  const forbidden =
    /\bFunction\s*\(|\beval\s*\(|WebAssembly|localStorage|indexedDB|XMLHttpRequest|postMessage|(?<!\.)\bfetch\s*\(|createObjectURL|\bconsole\.|\bWorker\b/g;
  const allowed = new Map([
    // fetches its binary, and compiles that and the few bytes which tell whether it may
    [fileOf("tfjs-wasm"), ["WebAssembly", "WebAssembly", "fetch("]],
    // fetches a part of its own again that the HTTP cache holds changed: see importPinned
    [fileOf("pinned-tfjs"), ["fetch("]],
  ]);
  for (const [name, code] of files) {
    const found = code.match(forbidden)?.sort() ?? [];
    expect({ name, found }).toEqual({ name, found: allowed.get(name) ?? [] });
    const imports = [
      ...code.matchAll(/\bimport\s*\(?\s*[`"']([^`"']*)|\bfrom\s*[`"']([^`"']*)/g),
    ].map(([, dynamic, fixed]) => dynamic ?? fixed);
    expect(imports.filter((address) => !files.has(address!.replace("./", "")))).toEqual([]);
  }
  expect("Function('return this')").toMatch(forbidden); // the pattern does find what it looks for
});

test("bring along WASM's binary, under the name and with the hash that its part knows", async () => {
  const names = await readdir(join(folder, "assets"));
  const [binary, ...rest] = names.filter((name) => name.endsWith(".wasm"));
  expect(rest).toEqual([]);
  const content = await readFile(join(folder, "assets", binary!));
  const part = files.get(fileOf("tfjs-wasm"))!;
  expect(part).toMatch(new RegExp(`new URL\\([\`"']\\./${binary!}[\`"'], *import\\.meta\\.url\\)`));
  expect(part).toContain(`sha256-${createHash("sha256").update(content).digest("base64")}`);
});

test("hold models at once whose weights have the same names, whichever part runs each", async () => {
  const { modelJson, data, inputs } = kerasModel("cnn layers float32");
  // The same once more, with a layer that does nothing in a prediction and is not among the common
  // ones.
  const noisy = structuredClone(modelJson) as unknown as {
    modelTopology: { model_config: { config: { layers: object[] } } };
  };
  const noise = {
    class_name: "GaussianNoise",
    config: { name: "noise", trainable: true, stddev: 0.1 },
  };
  noisy.modelTopology.model_config.config.layers.push(noise);
  const { prepareTfjs } = await load();
  const engines = [];
  for (const json of [modelJson, noisy, modelJson, noisy])
    engines.push(await (await prepareTfjs("layers", json))(data));
  const answers = [];
  for (const engine of engines) answers.push(await engine.run(inputs[0]!));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  for (const engine of engines) engine.dispose();
});

test("throw errors that the main part knows as its own, and leave alone a TensorFlow.js of the page", async () => {
  const { modelJson, data } = kerasModel("cnn layers float32");
  const { prepareTfjs } = await load();
  const error: unknown = await (
    await prepareTfjs("layers", modelJson)
  )(data.slice(1)).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ModelError);
  expect(error).toMatchObject({ code: "integrity" });
  expect(new Error("other")).not.toBeInstanceOf(ModelError);
  expect(globalThis).not.toHaveProperty("_tfengine");
  expect(globalThis).not.toHaveProperty("_tfGlobals");
});
