import { oddsOf } from "../runtime/odds.ts";
import type { WholeStyle } from "./later-words.ts";
import { takesPhotos } from "../runtime/manifest.ts";
import type { Manifest, Prediction } from "./types.ts";
import { fillIn } from "./words.ts";

/** The sentence that screen readers say when drawing pauses. */
export const announcement = (
  { labelIndex, probabilities }: Prediction,
  { texts, labels, percent }: WholeStyle,
): string =>
  fillIn(texts.answer, {
    label: labels[labelIndex]!,
    percent: percent(probabilities[labelIndex]!),
  });

/** Another answer that would be shown with less has no chance: "0.0%". */
const NO_CHANCE = 0.0005;

/** The answer in words, above the bars; "" while there is none. */
export function headline(prediction: Prediction | null, { texts, labels }: WholeStyle): string {
  if (!prediction) return "";
  const { labelIndex, probabilities } = prediction;
  const others = [...probabilities.keys()].filter((index) => index !== labelIndex);
  const next = others.reduce(
    (most, index) => (probabilities[index]! > probabilities[most]! ? index : most),
    others[0]!,
  );
  const text = probabilities[next]! < NO_CHANCE ? texts.alone : texts.then;
  return fillIn(text, { label: labels[labelIndex]!, next: labels[next]! });
}

/**
 * True if confidence was fitted to digits by people's pens (pipeline/stages/measuring.py), and not
 * to images.
 */
const readsDrawnDigits = (manifest: Manifest): boolean =>
  manifest.noun === "digit" && manifest.labels.join("") === "0123456789" && !takesPhotos(manifest);

/** The sentence below the answer: how far to believe it; "" where nothing is known of that. */
export function trust(
  prediction: Pick<Prediction, "confidence" | "familiarity"> | null,
  manifest: Manifest,
  { texts }: WholeStyle,
): string {
  if (!prediction) return "";
  const { confidence, familiarity } = prediction;
  if (familiarity && !familiarity.isFamiliar) return texts.unlike;
  if (!confidence) return "";
  const { right, of } = oddsOf(confidence);
  const text = readsDrawnDigits(manifest) ? texts.often : texts.recognized;
  return fillIn(text, { right: String(right), of: String(of) });
}
