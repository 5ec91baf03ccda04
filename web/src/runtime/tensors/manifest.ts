// The manifest of a model that is no image classifier.
import { fail } from "../errors.ts";
import { asRecord, isShape } from "../json.ts";
import { listed, parseManifest, text } from "../manifest.ts";
import { each, has, is, object } from "../shape.ts";
import type { TensorManifest, TensorSpec } from "./types.ts";

const lengths = is(
  "a shape",
  (value) => Array.isArray(value) && isShape(value.map((length: unknown) => length ?? 1)),
);
const check = has({
  ...listed,
  input: each(has({ name: text, shape: lengths, dtype: text })),
  output: each(
    has({
      name: text,
      shape: lengths,
      kind: is("a kind", (kind) => /^(probabilities|values)$/.test(String(kind))),
    }),
  ),
});

/** One input or output is not in a list. */
export const listOf = <Spec extends TensorSpec>(specs: Spec | readonly Spec[]): readonly Spec[] =>
  [specs].flat() as Spec[];

/**
 * @param refusal Why it is no image classifier's; thrown where it is none of this kind either.
 * @param drawn True to accept a classifier that takes no drawings, too.
 * @throws ModelError `manifest`: a model.json.
 */
export function parseTensorManifest(
  value: unknown,
  where: string,
  refusal: unknown,
  drawn = false,
): TensorManifest {
  if (asRecord(value)["modelTopology"]) {
    fail(
      "manifest",
      `${where} must be a manifest.json, which pipeline export writes beside it`,
      "a model.json",
    );
  }
  if (!(drawn && !asRecord(value)["preprocess"]) && isClassifier(value, where)) throw refusal;
  try {
    object(value, where);
    const manifest = value as TensorManifest;
    check({ ...manifest, input: listOf(manifest.input), output: listOf(manifest.output) }, where);
    // Without a default, any format that passed: that is about classes, which others do not answer.
    const { default_format: preferred, ...others } = manifest;
    return preferred === null ? others : manifest;
  } catch {
    throw refusal;
  }
}

/** True if it is meant to be one, even if it contradicts itself. */
function isClassifier(value: unknown, where: string): boolean {
  const { labels, preprocess, input, output } = asRecord(value);
  const drawn = Array.isArray(labels) && labels.length > 0 && preprocess;
  if (drawn && isShape(asRecord(input)["shape"]) && asRecord(output)["kind"] === "probabilities")
    return true;
  try {
    parseManifest(value, where);
    return true;
  } catch {
    return false;
  }
}

/** Why nobody can draw for this model, as the end of a sentence. */
export function whyNotDrawn({ input, output, preprocess }: TensorManifest): string {
  const [inputs, outputs] = [listOf(input), listOf(output)];
  const names = (specs: readonly TensorSpec[]): string => specs.map(({ name }) => name).join(", ");
  if (inputs.length > 1) return `several inputs: ${names(inputs)}`;
  if (outputs.length > 1) return `several outputs: ${names(outputs)}`;
  if (!preprocess) return "a manifest that does not say how an image becomes its input";
  if (!isShape(inputs[0]!.shape)) return "an input of no fixed size";
  return outputs[0]!.kind === "values" ? "values instead of probabilities" : "no labels";
}
