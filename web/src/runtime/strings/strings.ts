// Models that take or give strings: strings.json, beside the files of a format, says how they
// become numbers and back.
import { parseJson } from "../download.ts";
import { fail } from "../errors.ts";
import { asRecord, isShape } from "../json.ts";
import { text } from "../manifest.ts";
import { each, has, is } from "../shape.ts";
import { listOf } from "../tensors/manifest.ts";
import type {
  InputSpec,
  OutputSpec,
  TensorInput,
  TensorManifest,
  TensorModel,
} from "../tensors/types.ts";
import { createPreparation, type Preparation } from "./tokens.ts";

/** The content of strings.json. */
interface Strings {
  /** Inputs of the files, which are of numbers. The outputs are in the manifest's order. */
  readonly input: readonly InputSpec[];
  readonly output: readonly OutputSpec[];
  readonly preparations: readonly Preparation[];
  /**
   * For each output: the words that its numbers are places of, and the word for others; null where
   * there are none.
   */
  readonly words: readonly ({
    readonly vocabulary: readonly string[];
    readonly unknown: string;
  } | null)[];
}

const list = is("a list", Array.isArray);
/** May be longer than the lists of shape.ts. */
const words = is(
  "words",
  (value) => Array.isArray(value) && value.every((word) => typeof word === "string"),
);
const whole = is("a whole number", Number.isSafeInteger);
const check = has({
  input: each(has({ name: text, shape: list, dtype: text })),
  output: each(has({ name: text, shape: list, kind: text })),
  preparations: each(
    has({ from: text, into: text, mode: text, vocabulary: words, first: whole, bins: whole }),
  ),
  words: each((value, where) => {
    if (value !== null) has({ vocabulary: words, unknown: text })(value, where);
  }),
});

/**
 * @param bytes The file strings.json.
 * @param open Creates the model of numbers that the files are, with inputs and outputs of its own.
 * @throws ModelError `manifest`: it does not fit the manifest.
 */
export function createStringModel(
  manifest: TensorManifest,
  bytes: Uint8Array,
  open: (manifest: TensorManifest) => TensorModel,
): TensorModel {
  const json = parseJson(bytes, "strings.json");
  check(json, "strings.json");
  const { input, output, preparations, words } = json as Strings;
  const [inputs, outputs] = [listOf(manifest.input), listOf(manifest.output)];
  if ([output, words].some(({ length }) => length !== outputs.length)) {
    fail("manifest", `strings.json must be of ${outputs.length} outputs`, output);
  }
  const layers = preparations.map((layer) => {
    const [from, into] = [
      inputs.find(({ name }) => name === layer.from),
      input.find(({ name }) => name === layer.into),
    ];
    if (!from || !into)
      return fail("manifest", "strings.json must be of the model's inputs", [
        layer.from,
        layer.into,
      ]);
    const Numbers = into.dtype.startsWith("float") ? Float32Array : Int32Array;
    return { from, into: into.name, Numbers, prepare: createPreparation(layer, fail) };
  });
  const numbers = open({ ...manifest, input, output });

  function prepare(given: unknown): Record<string, TensorInput> {
    const names = inputs.map(({ name }) => name);
    const isAlone = typeof given !== "object" || (Array.isArray(given) && inputs.length === 1);
    const named = isAlone ? { [names[0]!]: given } : asRecord(given);
    const strangers = Object.keys(named).filter((name) => !names.includes(name));
    const rule = `${manifest.name} must be given {${names.join(", ")}}`;
    if (strangers.length > 0)
      fail(
        "input",
        rule,
        Object.keys(named),
        undefined,
        `It does not take ${strangers.join(", ")}`,
      );
    const kept = inputs
      .filter(({ dtype }) => dtype !== "string")
      .map(({ name }) => [name, named[name]]);
    const made = layers.map(({ from, into, Numbers, prepare }) => {
      const { shape, values } = prepare(...stringsOf(from, named[from.name]));
      return [into, Object.assign(Numbers.from(values), { shape })];
    });
    return Object.fromEntries([...kept, ...made]) as Record<string, TensorInput>;
  }

  return Object.assign(Object.create(numbers) as TensorModel, {
    manifest,
    inputs,
    outputs,
    prepare,
    async predict(given: unknown) {
      const answers = await numbers.predict(prepare(given));
      const named = outputs.map(({ name }, index) => {
        const [answer, known] = [answers[output[index]!.name]!, words[index]];
        const labels =
          known &&
          Array.from(answer, (place) => known.vocabulary[Math.trunc(place)] ?? known.unknown);
        return [name, labels ? Object.assign(answer, { labels }) : answer] as const;
      });
      return Object.fromEntries(named);
    },
  });
}

/** The strings of one input, and the lengths of the axes of one example. */
function stringsOf(
  { name, shape }: InputSpec,
  given: unknown,
): [readonly string[], readonly number[]] {
  const isList = Array.isArray(given) && given.every((one) => typeof one === "string");
  // of one axis at most
  const lengths = shape.map((length) => length ?? (isList ? given.length : 1));
  const size = lengths[0] ?? 1;
  if (!isList || !isShape([size, given.length / size])) {
    const each =
      size === 1 ? "one for each example" : `${shape[0] ?? "any number of them"} for each example`;
    fail("input", `${name} must be a list of strings, ${each}`, given);
  }
  return [given, lengths];
}
