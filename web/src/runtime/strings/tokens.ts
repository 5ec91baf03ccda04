// Turn strings into numbers as Keras' TextVectorization, StringLookup and Hashing do: see
// pipeline/tfjs/strings/.
import type { Fail } from "../errors.ts";
import { sizeOf } from "../json.ts";
import { fingerprint, sipHash } from "./hash.ts";

/**
 * One such layer. Its steps, in order: lower, strip, split, ngrams, then numbers for the tokens,
 * and how they are told.
 */
export interface Preparation {
  /** The model's input that is read. */
  readonly from: string;
  /** The input of numbers, among those of the files, that is computed. */
  readonly into: string;
  /** A to Z become a to z; all other letters stay, as in Keras. */
  readonly lower: boolean;
  /** The punctuation of ASCII is dropped, as in Keras. */
  readonly strip: boolean;
  /** At white space of ASCII, or into code points. Null: a string is one token. */
  readonly split: "whitespace" | "character" | null;
  /** Lengths of the sequences of tokens that become the tokens. Null: these stay as they are. */
  readonly ngrams: readonly number[] | null;
  /** The first of these words has the number `first`. */
  readonly vocabulary: readonly string[];
  readonly first: number;
  /** The word whose number is `masked`; -1: it is left out. */
  readonly mask: string | null;
  readonly masked: number;
  /**
   * All other words have one of so many numbers, from `unknown` on: by their hash, where there are
   * several.
   */
  readonly bins: number;
  readonly unknown: number;
  /** The hash's salt: two numbers of 64 bits. */
  readonly salt: readonly [string, string] | null;
  readonly mode: "int" | "one_hot" | "multi_hot" | "count" | "tf_idf";
  /** `int`: numbers for each string. Null: as many as the longest of them has. */
  readonly length: number | null;
  /** Other modes: how many numbers there are. */
  readonly depth: number | null;
  /** `tf_idf`: of each of them. */
  readonly weights: readonly number[] | null;
}

/** Values of a tensor, with the batch first. */
export interface Prepared {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/**
 * @param lengths Of the axes of one example: none, or how many strings it has.
 * @throws ModelError `input`: a word that is not in a vocabulary that knows no others; no word at
 * all.
 */
export function createPreparation(layer: Preparation, fail: Fail) {
  const { split, ngrams, mode, length, depth, weights } = layer;
  const find = createLookup(layer, fail);
  return (strings: readonly string[], lengths: readonly number[]): Prepared => {
    const size = sizeOf(lengths);
    const rows = Array.from({ length: strings.length / size }, (_, row) => {
      const tokens = strings
        .slice(row * size, (row + 1) * size)
        .flatMap((text) => tokensOf(text, layer));
      return (ngrams ? ngrams.flatMap((width) => sequences(tokens, width)) : tokens).map(find);
    });
    if (mode === "one_hot") {
      const shape = [rows.length, ...(lengths.at(-1) === 1 ? [] : lengths), depth!];
      return { shape, values: rows.flat().flatMap((id) => counted([id], depth!)) };
    }
    if (mode !== "int") {
      const weighed = (counts: number[]): number[] =>
        mode === "multi_hot"
          ? counts.map((count) => Math.min(1, count))
          : counts.map((count, id) => Math.fround(count * (weights?.[id] ?? 1)));
      return {
        shape: [rows.length, depth!],
        values: rows.flatMap((ids) => weighed(counted(ids, depth!))),
      };
    }
    if (!split && !ngrams && length === null)
      return { shape: [rows.length, ...lengths], values: rows.flat() };
    const longest = length ?? Math.max(...rows.map((ids) => ids.length));
    if (longest === 0) fail("input", `${layer.from} must have a word`, strings);
    const padded = rows.flatMap((ids) =>
      Array.from({ length: longest }, (_, index) => ids[index] ?? 0),
    );
    return { shape: [rows.length, longest], values: padded };
  };
}

/** Split a text. U+FFFD stands for code units that UTF-8 cannot write. */
function tokensOf(text: string, { lower, strip, split }: Preparation): readonly string[] {
  let clean = text.replace(/\p{Surrogate}/gu, "\ufffd");
  if (lower) clean = clean.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (strip) clean = clean.replace(/[!-/:-@[-`{-~]+/g, "");
  return split === "whitespace"
    ? clean.split(/[\t-\r ]+/).filter(Boolean)
    : split
      ? Array.from(clean)
      : [clean];
}

/** All sequences of so many tokens. */
const sequences = (tokens: readonly string[], width: number): string[] =>
  tokens.slice(width - 1).map((_, start) => tokens.slice(start, start + width).join(" "));

function createLookup(layer: Preparation, fail: Fail): (token: string) => number {
  const { vocabulary, first, mask, masked, bins, unknown, salt, from } = layer;
  const known = new Map(vocabulary.map((token, index) => [token, first + index]));
  if (mask !== null) known.set(mask, masked);
  const key = salt && ([BigInt(salt[0]), BigInt(salt[1])] as const);
  const bin = (token: string): number => {
    if (bins === 0) fail("input", `${from} must be words that the model knows`, token);
    if (bins === 1) return unknown;
    const bytes = new TextEncoder().encode(token);
    return unknown + Number((key ? sipHash(bytes, key) : fingerprint(bytes)) % BigInt(bins));
  };
  return (token) => known.get(token) ?? bin(token);
}

/** How often each number is among the ids. */
function counted(ids: readonly number[], depth: number): number[] {
  const counts = new Array<number>(depth).fill(0);
  for (const id of ids) if (id >= 0 && id < depth) counts[id]! += 1;
  return counts;
}
