// Whether a drawing is unlike everything that its class was learned from. The rule and its limits are the pipeline's
// (pipeline/judging/familiar.py, its twin), which also measured how often it is wrong. No DOM.
import { fail } from "../runtime/errors.ts";
import type { ImageSize, Manifest } from "../runtime/manifest.ts";
import type { Model, Prediction } from "../runtime/types.ts";
import { hasFile, readFile, readJson } from "./files.ts";
import { say } from "./language.ts";
import type { Familiar } from "./records.ts";
import { nounOf } from "./words.ts";

export interface Familiarity {
  readonly record: Familiar;
  readonly size: ImageSize;
  /** For each class its mean, then its principal directions, `inputs` numbers each. */
  readonly pictures: Float32Array;
}

export const knowsFamiliar = (model: Model): boolean =>
  hasFile(model, "familiar") && hasFile(model, "familiar_pictures");

/** @throws ModelError `network`, `integrity`, `manifest`: the files cannot be read, or do not match. */
export async function readFamiliarity(model: Model): Promise<Familiarity> {
  const [record, bytes] = await Promise.all([readJson(model, "familiar"), readFile(model, "familiar_pictures")]);
  const { directions, inputs, mean, direction, limits } = record;
  const expected = limits.length * (1 + directions) * inputs;
  if (bytes.length !== expected) fail("integrity", `familiar_pictures must have ${expected} bytes`, bytes.length);
  const pictures = Float32Array.from(bytes, (byte, place) => {
    const { scale, min } = Math.floor(place / inputs) % (1 + directions) === 0 ? mean : direction;
    return scale * byte + min;
  });
  return { record, pictures, size: model.manifest.input.image! };
}

/** Of the pictures. */
export const pictureSize = ({ record: { pool = 1 }, size }: Familiarity): ImageSize => ({
  ...size,
  height: size.height / pool,
  width: size.width / pool,
});

/** The input of a picture model, averaged over squares of `pool` × `pool` pixels. */
function pooled(input: Float32Array, { width, channels }: ImageSize, pool: number): Float32Array {
  const result = new Float32Array(input.length / pool ** 2);
  for (let i = 0; i < input.length; i++) {
    const [place, channel] = [Math.floor(i / channels), i % channels];
    const [y, x] = [Math.floor(place / width), place % width];
    result[(Math.floor(y / pool) * (width / pool) + Math.floor(x / pool)) * channels + channel]! +=
      input[i]! / pool ** 2;
  }
  return result;
}

/** The squared distance of an input to the mean of a class, without what lies along the class' principal directions. */
export function distanceTo({ record, pictures, size }: Familiarity, whole: Float32Array, label: number): number {
  const { inputs, directions, pool = 1 } = record;
  const input = pooled(whole, size, pool);
  const start = label * (1 + directions) * inputs;
  let distance = 0;
  for (let i = 0; i < inputs; i++) distance += (input[i]! - pictures[start + i]!) ** 2;
  for (let direction = 1; direction <= directions; direction++) {
    let along = 0;
    for (let i = 0; i < inputs; i++) {
      along += (input[i]! - pictures[start + i]!) * pictures[start + direction * inputs + i]!;
    }
    distance -= along * along;
  }
  return distance;
}

/** The distance of a drawing to its answer, where 1 is the limit. */
export const relativeDistance = (familiarity: Familiarity, { input, labelIndex }: Prediction): number =>
  Math.sqrt(
    Math.max(0, distanceTo(familiarity, input, labelIndex)) / (familiarity.record.limits[labelIndex] ?? Infinity),
  );

/** What the model is for, in the sentence "not sure that it is …". */
export const kindOf = (manifest: Manifest): string => say.quality.kind(nounOf(manifest));

/** In place of "nothing else comes close", where the drawing is unlike its answer. */
export const surestOf = ({ labels, manifest }: Pick<Model, "labels" | "manifest">): string =>
  say.quality.surest(say.quality.count(labels.length), kindOf(manifest));

/** @returns What to say of a prediction of this model; null where the drawing is like its answer. */
export async function readDoubts(model: Model): Promise<(prediction: Prediction) => string | null> {
  const familiarity = await readFamiliarity(model);
  return (prediction) => (relativeDistance(familiarity, prediction) > 1 ? surestOf(model) : null);
}
