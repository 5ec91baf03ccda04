// Whether a drawing is unlike everything that its class was learned from, in the words of the page. No DOM.
import { familiarFrom, relativeDistance, type Familiar as Learned } from "../runtime/familiar.ts";
import { confidenceOf } from "../runtime/judge.ts";
import { oddsOf } from "../runtime/odds.ts";
import type { Manifest } from "../runtime/manifest.ts";
import type { Familiarity as Measured, ImageSize } from "../runtime/schema.ts";
import type { Model, Prediction } from "../runtime/types.ts";
import { hasFile, readFile, readJson } from "./files.ts";
import { say } from "./language.ts";
import { nounOf } from "./words.ts";

export type Familiarity = Learned<Measured>;

export const knowsFamiliar = (model: Model): boolean =>
  hasFile(model, "familiar") && hasFile(model, "familiar_pictures");

/** @throws ModelError `network`, `integrity`, `manifest`: the files cannot be read, or do not match. */
export async function readFamiliarity(model: Model): Promise<Familiarity> {
  const [record, bytes] = await Promise.all([readJson(model, "familiar"), readFile(model, "familiar_pictures")]);
  return familiarFrom(record, bytes, model.manifest.input.image!);
}

/** Of the pictures. */
export const pictureSize = ({ record: { pool }, size }: Familiarity): ImageSize => ({
  ...size,
  height: size.height / pool,
  width: size.width / pool,
});

/** The distance of a drawing to its answer, where 1 is the limit. */
export const distanceOf = (familiarity: Familiarity, { input, labelIndex }: Prediction): number =>
  relativeDistance(familiarity, input, labelIndex);

/** What the model is for, in the sentence "not sure that it is …". */
export const kindOf = (manifest: Manifest): string => say.quality.kind(nounOf(manifest));

/** In place of "nothing else comes close", where the drawing is unlike its answer. */
export const surestOf = ({ labels, manifest }: Pick<Model, "labels" | "manifest">): string =>
  say.quality.surest(say.quality.count(labels.length), kindOf(manifest));

/** How often such answers are right, in words; "" where that is not known of what is on the pad. */
export function oftenOf({ manifest }: Pick<Model, "manifest">, prediction: Prediction, isImage: boolean): string {
  const { confidence } = manifest;
  const isOfDrawings = confidence?.fitted_on === "drawings";
  if (!confidence || (isImage && isOfDrawings)) return "";
  const { right, of } = oddsOf(confidenceOf(prediction.probabilities, confidence));
  const { often, recognized } = say.quality;
  return (isOfDrawings ? often : recognized)(String(right), String(of));
}

/** What to say of a prediction: `doubt` is null where the drawing is like its answer. */
export interface Trust {
  readonly doubt: string | null;
  readonly often: string;
}

/**
 * @returns What to say of a prediction of this model.
 * @throws ModelError as readFamiliarity.
 */
export async function readTrust(model: Model): Promise<(prediction: Prediction, isImage: boolean) => Trust> {
  const familiarity = knowsFamiliar(model) ? await readFamiliarity(model) : null;
  return (prediction, isImage) => {
    const doubt = familiarity && distanceOf(familiarity, prediction) > 1 ? surestOf(model) : null;
    return { doubt, often: doubt === null ? oftenOf(model, prediction, isImage) : "" };
  };
}
