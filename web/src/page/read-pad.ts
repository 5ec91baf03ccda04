// What a model answers to what is on the pad.
import type { BlankPrediction, Model, Prediction } from "../runtime/types.ts";
import type { PageState } from "./state.ts";

/** Null while nothing is on the pad. A small model answers before the frame is shown: its promise never really waits. */
export function readPad(
  { ink, placed }: Pick<PageState, "ink" | "placed">,
  model: Model,
): Promise<Prediction | BlankPrediction> | null {
  if (placed) return placed.changed?.read(model) ?? model.predictPicture(placed.picture);
  return ink && model.predict(ink.read());
}
