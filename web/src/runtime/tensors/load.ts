// What `load` does with a model that is no image classifier.
import { lazyImport } from "../download.ts";
import { fail } from "../errors.ts";
import { load, readModel, type Version } from "../load.ts";
import { parseTensorManifest, whyNotDrawn } from "./manifest.ts";
import { createTensorModel } from "./model.ts";
import type { LoadTensors, TensorManifest, TensorModel } from "./types.ts";

export const loadTensors: LoadTensors = (address, options, { base, extras, vouched }, refusal) => {
  const parse = (value: unknown, where: string): TensorManifest => {
    const manifest = parseTensorManifest(value, where, refusal);
    if (options.drawn) {
      const rule = `${manifest.name} must take drawings and answer with probabilities of labels`;
      const next = "Export it so, or call load() and give it tensors";
      fail("unsupported", rule, whyNotDrawn(manifest), undefined, next);
    }
    return manifest;
  };
  const drawings = (): never => fail("input", "Tensors must be given", "a drawing");
  return load(address, options, { base, extras, vouched, drawings, whole: true }, { parse, open });
};

async function open({ manifest, url, format, read, all }: Version<TensorManifest>): Promise<TensorModel> {
  const { modelJson, weights } = await readModel(format, read);
  const prepared = lazyImport(() => import("../tfjs/engine.ts")).then(({ prepareRunner }) =>
    prepareRunner(format.route, modelJson),
  );
  const [finish, data] = await Promise.all([prepared, weights, all]);
  const runner = await finish(data);
  try {
    return createTensorModel(manifest, url, format, runner);
  } catch (error) {
    runner.dispose();
    throw error;
  }
}
