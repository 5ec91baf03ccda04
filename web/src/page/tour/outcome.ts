// A stop's sentence about the current answer: computed, so that it is true of any model. No DOM.
import type { Prediction } from "../../runtime/types.ts";
import { magnitude, percent, signed } from "../format.ts";
import { say } from "../language.ts";
import { DRAWN, ranking, type Stop } from "./stops.ts";

/**
 * @param truth Index of the right answer, where the stop shows a test image.
 */
export function outcomeOf(
  { key, shows }: Stop,
  labels: readonly string[],
  prediction: Prediction,
  truth: number | null,
): string {
  const words = say.tour.outcome;
  const { probabilities, logits, labelIndex } = prediction;
  const answer = labels[labelIndex] ?? "";
  const share = percent(probabilities[labelIndex] ?? 0);
  if (truth !== null) {
    const right = labels[truth] ?? "";
    if (truth === labelIndex) return words.readRight(right, share);
    return words.misread(right, answer, share, percent(probabilities[truth] ?? 0));
  }
  if (key === "doubt") return words.noDigit(answer, share);
  const second = ranking(prediction)[1];
  if (key === "sum" && logits && second !== undefined) {
    const lead = logits[labelIndex]! - logits[second]!;
    const scores = [signed(logits[labelIndex]!), signed(logits[second]!)] as const;
    return words.lead(answer, labels[second] ?? "", scores, magnitude(Math.exp(lead)));
  }
  return shows !== "house" && answer !== DRAWN ? words.wrong(DRAWN, answer, share) : words.right(answer, share);
}
