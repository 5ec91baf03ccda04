// Models of stock TensorFlow.js, as it saves them.
import * as tf from "@tensorflow/tfjs";
import type { ModelJson } from "./keras-models.ts";
import { randomArray } from "./layers-model.ts";
import { sizeOf } from "../runtime/json.ts";

/** The files of a model. */
export async function saved(model: tf.LayersModel): Promise<{ modelJson: ModelJson; data: Uint8Array }> {
  const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve, reject) => {
    const handler = tf.io.withSaveHandler((artifacts) => {
      resolve(artifacts);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const } });
    });
    model.save(handler).catch(reject);
  });
  const { modelTopology, weightSpecs, weightData } = artifacts;
  // As JSON, because that is what a file holds.
  const modelJson = JSON.parse(
    JSON.stringify({ modelTopology, weightsManifest: [{ paths: ["w.bin"], weights: weightSpecs }] }),
  ) as ModelJson;
  return { modelJson, data: new Uint8Array(weightData as ArrayBuffer) };
}

/** Give a model weights that hide nothing. */
export function randomise(model: tf.LayersModel, random: () => number): void {
  model.setWeights(
    model.weights.map(({ shape, originalName }) => {
      const sizes = shape.map(Number);
      // Variances must be positive.
      const values = randomArray(sizeOf(sizes), random).map((x) => (originalName.includes("variance") ? x * x : x));
      return tf.tensor(values, sizes);
    }),
  );
}
