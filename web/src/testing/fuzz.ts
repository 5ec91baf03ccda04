// Shared by the fuzz tests: hostile values, JSON that is changed somewhere, and loading the result.
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { expect } from "vitest";
import { headlessHost } from "../runtime/headless.ts";
import { ModelError, type ModelErrorCode } from "../runtime/errors.ts";
import { asRecord } from "../runtime/json.ts";
import { load } from "../runtime/load.ts";
import type { Model } from "../runtime/types.ts";
import { kerasModel, type KerasModel } from "./keras-models.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "./published.ts";

const CODES: readonly ModelErrorCode[] = [
  "network",
  "integrity",
  "manifest",
  "unsupported",
  "input",
  "aborted",
];

/** Unlikely JSON, including sizes that no machine can hold. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    ...[null, true, "", "0", "__proto__", "constructor", "float16", "relu", "softmax", "linear"],
    ...["Dense", "Flatten", "ink", "rgb"],
    ...[-1, 0, 1, 2, 3, 7, 1.5, 255, 1e-40, 1e39, 2 ** 31, 2 ** 40, 2 ** 53, 2 ** 60],
    ...[
      [],
      {},
      [null],
      [null, 3],
      [2 ** 30, 2 ** 30],
      [[]],
      { dtype: "uint8", scale: 1, min: 0 },
      { toString: null },
    ],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A change at one place: a value to put there, or nothing, to remove it. */
export interface Change {
  readonly place: number;
  readonly value: unknown;
  readonly remove: boolean;
}

export const changes = (most: number): fc.Arbitrary<Change[]> =>
  fc.array(
    fc.record({
      place: fc.nat(),
      value: hostile,
      remove: fc.nat({ max: 4 }).map((chance) => chance === 0),
    }),
    {
      minLength: 1,
      maxLength: most,
    },
  );

/** A copy of JSON, changed. */
export function changed<Json>(json: Json, all: readonly Change[]): Json {
  const copy = structuredClone(json);
  for (const { place, value, remove } of all) {
    const places = placesIn(copy);
    const [parent, key] = places[place % places.length] ?? [{}, ""];
    if (remove && !Array.isArray(parent)) Reflect.deleteProperty(parent, key);
    // As JSON.parse would: "__proto__" is a field like any other.
    else {
      const put = {
        value: structuredClone(value),
        configurable: true,
        enumerable: true,
        writable: true,
      };
      Object.defineProperty(parent, key, put);
    }
  }
  return copy;
}

function placesIn(value: unknown): [object, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [value, key] as [object, string],
    ...placesIn(inner),
  ]);
}

/** A version with this model.json and these weights; its digests are those of the files. */
export function siteOf(
  modelJson: unknown,
  data: Uint8Array,
  {
    route = "layers",
    inputs,
    shape = [inputs],
    more = {},
  }: {
    readonly route?: string;
    readonly inputs: number;
    readonly shape?: readonly number[];
    readonly more?: Readonly<Record<string, unknown>>;
  },
): Map<string, Uint8Array> {
  const files = filesOf({ modelJson: modelJson as never, data });
  const formats = [{ id: `${route}-float32`, files }];
  const manifest = manifestOf(formats, inputs, ["kind 0", "kind 1", "kind 2"]);
  return publish(
    { ...manifest, input: { name: "x", shape, dtype: "float32", image: null }, ...more },
    formats,
  );
}

/** One of the models that Keras made, in one shard with that file name. */
export function oneShard(title: string): KerasModel {
  const model = kerasModel(title);
  const [group] = model.modelJson.weightsManifest;
  const weightsManifest = [{ ...group!, paths: ["group1-shard1of1.bin"] }];
  return { ...model, modelJson: { ...model.modelJson, weightsManifest } };
}

/**
 * Load a site and use the model; a ModelError's code when that is refused. Anything else fails the
 * test.
 */
export async function attempt<Answer>(
  site: ReadonlyMap<string, Uint8Array>,
  use: (model: Model) => Promise<Answer>,
): Promise<{ readonly answer: Answer } | { readonly code: ModelErrorCode }> {
  try {
    const model = await load(`${ROOT}latest.json`, { fetch: serve(site, 2 ** 16) }, headlessHost);
    try {
      return { answer: await use(model) };
    } finally {
      model.dispose();
    }
  } catch (error) {
    if (!(error instanceof ModelError) || !CODES.includes(error.code)) throw error;
    expect(error.message).toMatch(/Received: [^]*\. [A-Z]/); // what was received, and the next step
    return { code: error.code };
  }
}

/**
 * The answer of stock TensorFlow.js; null if it refuses the model. Only for models on which it does
 * not loop for ever.
 */
export async function stockAnswer(
  route: string,
  modelJson: unknown,
  data: Uint8Array,
  input: Float32Array,
  shape: readonly number[],
): Promise<Float32Array | null> {
  const json = modelJson as {
    modelTopology: object;
    weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
  };
  const artifacts = {
    ...(json as object),
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
    weightData: new Uint8Array(data).buffer,
  };
  // It would look for ever for a layer of a Functional model that has its name only in its config.
  const { class_name: type, config } = asRecord(asRecord(json.modelTopology)["model_config"]);
  const { layers = [] } = asRecord(config);
  const isNamed = (layer: unknown) => typeof asRecord(layer)["name"] === "string";
  if (type === "Functional" && Array.isArray(layers) && !layers.every(isNamed)) return null;
  try {
    const handler = tf.io.fromMemory(artifacts);
    const model = await (route === "graph"
      ? tf.loadGraphModel(handler)
      : tf.loadLayersModel(handler));
    const output = model.predict(tf.tensor(input, [1, ...shape])) as tf.Tensor;
    const values = Float32Array.from(await output.data());
    output.dispose();
    model.dispose();
    return values;
  } catch {
    return null; // it checks other things than we do
  }
}
