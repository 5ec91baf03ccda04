// Methods of a model that most callers never use, in a file apart from load.js.
import { explain } from "./explain.ts";
import type { BlankPrediction, Explanation, Model, Pixels, Prediction } from "./types.ts";

export async function predictAll<Source>(
  model: Model<Source>,
  sources: Iterable<Source | Pixels | Float32Array>,
): Promise<(Prediction | BlankPrediction)[]> {
  const answers = [];
  // Sequentially: a photo takes memory while it is read.
  for (const source of sources) answers.push(await model.predict(source));
  return answers;
}

export async function explainAnswer<Source>(
  model: Model<Source>,
  source: Source | Pixels | Float32Array,
  label?: string | number,
): Promise<Explanation | null> {
  const { input, labelIndex } = await model.predict(source);
  return input && explain(model, input, label ?? labelIndex);
}
