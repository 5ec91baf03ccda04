// Load a model that is no image classifier.
import { lazyImport } from "../download.ts";
import { fail } from "../errors.ts";
import { chooseFormat, downloadFormat, readModel } from "../load.ts";
import type { Manifest } from "../manifest.ts";
import { parseTensorManifest, whyNotDrawn } from "./manifest.ts";
import { createTensorModel } from "./model.ts";
import type { LoadTensors } from "../types.ts";
import type { TensorManifest, TensorModel } from "./types.ts";

export const loadTensors: LoadTensors = async (json, url, options, connection, refusal) => {
  const manifest = parseTensorManifest(json, url, refusal, options.drawn);
  if (options.drawn) {
    const rule = `${manifest.name} must take drawings and answer with probabilities of labels`;
    const why = whyNotDrawn(manifest);
    const so = why.startsWith("a manifest") ? "with --preprocess and --labels" : "so";
    fail(
      "unsupported",
      rule,
      why,
      undefined,
      `Export it ${so}, or call load() and give it tensors`,
    );
  }
  const format = chooseFormat(manifest, options.format);
  const files = downloadFormat(format, url, connection, options);
  const [modelJson, weights] = await readModel(format, files, options);
  const prepared = lazyImport(() => import("../tfjs/engine.ts")).then(({ prepareRunner }) =>
    prepareRunner(format.route, modelJson),
  );
  const strings = files.get(format.path.replace(/[^/]*$/, "strings.json"));
  const asked = strings && lazyImport(() => import("../strings/strings.ts"));
  const drawn = manifest as Manifest; // for what draws
  const draws = drawn.preprocess && lazyImport(() => connection.drawings(drawn));
  const [finish, data, part, drawer] = await Promise.all([
    prepared,
    weights,
    asked,
    draws,
    ...files.values(),
  ]);
  const drawings = drawer?.drawings(drawn, url, fail);
  const runner = await finish(data);
  try {
    const open = (numbers: TensorManifest): TensorModel =>
      createTensorModel(numbers, url, format, runner, options, drawings);
    return part ? part.createStringModel(manifest, (await strings)!, open) : open(manifest);
  } catch (error) {
    runner.dispose();
    throw error;
  }
};
