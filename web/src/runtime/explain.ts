import { fail } from "./errors.ts";
import type { Explanation, Model, Pixels } from "./types.ts";

/**
 * The sum behind one class's logit, computed in double precision as in the dense engine, so that
 * the two differ only by the logit's rounding to float32.
 *
 * @param input The model's input, flat.
 * @param label The class's label, or its index.
 * @throws ModelError `unsupported`: the model is not linear; `input`: there is no such class.
 */
export function explain(
  { labels, linear }: Pick<Model, "labels" | "linear">,
  input: Float32Array,
  label: string | number,
): Explanation {
  const {
    kernel,
    bias: biases,
    outputs,
  } = linear && !linear.next?.length
    ? linear
    : fail("unsupported", "A model that is explained must be linear", null);
  const labelIndex = typeof label === "string" ? labels.indexOf(label) : label;
  const bias =
    biases[labelIndex] ?? fail("input", `The class must be among ${labels.join()}`, label);
  let positive = 0;
  let negative = 0;
  const products = input.map((value, index) => {
    const product = value * kernel[index * outputs + labelIndex]!;
    if (product > 0) positive += product;
    else negative += product;
    return product;
  });
  return {
    label: labels[labelIndex]!,
    labelIndex,
    products,
    positive,
    negative,
    bias,
    score: positive + negative + bias,
  };
}

/** `Model.explain`. */
export async function explainAnswer<Source>(
  model: Model<Source>,
  source: Source | Pixels | Float32Array,
  label?: string | number,
): Promise<Explanation | null> {
  const { input, labelIndex } = await model.predict(source);
  return input && explain(model, input, label ?? labelIndex);
}
