// Tell in the page's words whether a drawing is unlike everything that the model knows. No DOM.
import { distanceOf, familiarFrom, type Familiar as Learned } from "../runtime/familiar.ts";
import { confidenceOf } from "../runtime/judge.ts";
import { oddsOf } from "../runtime/odds.ts";
import type { Manifest } from "../runtime/manifest.ts";
import type { Familiarity as Measured } from "../runtime/schema.ts";
import type { Model, Prediction } from "../runtime/types.ts";
import { hasFile, readFile, readJson } from "./files.ts";
import { say } from "./language.ts";
import { nounOf } from "./words.ts";

export type Familiarity = Learned<Measured>;

export const knowsFamiliar = (model: Model): boolean =>
  hasFile(model, "familiar") && hasFile(model, "familiar_weights");

/**
 * @throws ModelError `network`, `integrity`, `manifest`: the files cannot be read, or do not match.
 */
export async function readFamiliarity(model: Model): Promise<Familiarity> {
  const [record, bytes] = await Promise.all([
    readJson(model, "familiar"),
    readFile(model, "familiar_weights"),
  ]);
  return familiarFrom(record, bytes, model.manifest.input.image!);
}

/** The noun of the model's classes, for the sentence "it doesn't look like …". */
/** "a digit", or "any of them" where the model has no noun. */
export const kindOf = (manifest: Manifest): string => say.quality.kind(nounOf(manifest));

/** How often such answers are right, in words; "" where that is not known of what is on the pad. */
export function oftenOf(
  { manifest }: Pick<Model, "manifest">,
  prediction: Prediction,
  isImage: boolean,
): string {
  const { confidence } = manifest;
  const isOfDrawings = confidence?.fitted_on === "drawings";
  if (!confidence || (isImage && isOfDrawings)) return "";
  const { right, of } = oddsOf(confidenceOf(prediction.probabilities, confidence));
  const { often, recognized } = say.quality;
  return (isOfDrawings ? often : recognized)(String(right), String(of));
}

/** The sentences about a prediction. */
export interface Trust {
  /**
   * In place of the answer and its share, in two parts; null where the drawing is like one of the
   * classes.
   */
  readonly doubt: readonly [closest: string, but: string] | null;
  readonly often: string;
}

/** An image of the data set is not doubted. */
export const trustOf =
  (model: Pick<Model, "manifest">, familiarity: Learned | null) =>
  (prediction: Prediction, isImage: boolean): Trust =>
    familiarity && !isImage && distanceOf(familiarity, prediction.input) >= 1
      ? { doubt: say.quality.closest(prediction.label, kindOf(model.manifest)), often: "" }
      : { doubt: null, often: oftenOf(model, prediction, isImage) };

/**
 * @returns What to say of a prediction of this model.
 * @throws ModelError as readFamiliarity.
 */
export const readTrust = async (model: Model): Promise<ReturnType<typeof trustOf>> =>
  trustOf(model, knowsFamiliar(model) ? await readFamiliarity(model) : null);
