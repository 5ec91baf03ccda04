// The visitor's own classes and the examples of each, as data. No DOM. Changes give new lists, so
// that undo keeps the old ones.
import type { Stroke } from "../../pad/strokes.ts";
import type { Examples } from "../training/sgd.ts";

export const FEWEST = 2;
export const MOST = 10;
/** Characters of a name: it is the text of a button. */
export const LONGEST_NAME = 30;

export interface Example {
  /**
   * The picture after the steps for drawings, 0..255 as in the file of the examples: what is
   * trained is what is saved.
   */
  readonly ink: Uint8Array;
  /** The model's input that it becomes. */
  readonly input: Float32Array;
  /** Null for an image. */
  readonly strokes: readonly Stroke[] | null;
}

export interface OwnClass {
  readonly name: string;
  readonly examples: readonly Example[];
}
export type Classes = readonly OwnClass[];

/**
 * @param names To choose from: more than there are classes.
 * @returns The first that no class has.
 */
export function freeName(classes: Classes, names: readonly string[]): string {
  const taken = new Set(classes.map(({ name }) => name));
  return names.find((name) => !taken.has(name))!;
}

export const addClass = (classes: Classes, name: string): Classes => [
  ...classes,
  { name, examples: [] },
];

export const removeClass = (classes: Classes, index: number): Classes =>
  classes.filter((_, i) => i !== index);

export const addExample = (classes: Classes, index: number, example: Example): Classes =>
  withExamples(classes, index, (examples) => [...examples, example]);

export const removeExample = (classes: Classes, index: number, place: number): Classes =>
  withExamples(classes, index, (examples) => examples.filter((_, i) => i !== place));

/**
 * Names are distinct, printable and not empty, as the pipeline wants them: the old one stays in
 * place of a blank one.
 */
export function rename(classes: Classes, index: number, wanted: string): Classes {
  const others = new Set(classes.filter((_, i) => i !== index).map((one) => one.name));
  let name = cleaned(wanted) || classes[index]!.name;
  const first = name;
  for (let number = 2; others.has(name); number++) name = `${first} ${number}`;
  return classes.map((one, i) => (i === index ? { ...one, name } : one));
}

/** Without what cannot be printed, and with single spaces. */
export const cleaned = (name: string): string =>
  Array.from(name.replace(/[\p{C}\s]+/gu, " ").trim())
    .slice(0, LONGEST_NAME)
    .join("")
    .trim();

/** The classes that can be learned: those with examples. */
export const taughtOf = (classes: Classes): Classes =>
  classes.filter(({ examples }) => examples.length > 0);

export const countOf = (classes: Classes): number =>
  classes.reduce((sum, { examples }) => sum + examples.length, 0);

/** Examples to train on, class by class. */
export function examplesOf(classes: Classes): Examples {
  const rows = classes.flatMap(({ examples }) => examples.map(({ input }) => input));
  const size = rows[0]?.length ?? 0;
  const inputs = new Float32Array(rows.length * size);
  for (const [row, input] of rows.entries()) inputs.set(input, row * size);
  return {
    inputs,
    labels: Uint8Array.from(classes.flatMap(({ examples }, label) => examples.map(() => label))),
    size,
  };
}

function withExamples(
  classes: Classes,
  index: number,
  change: (examples: readonly Example[]) => readonly Example[],
): Classes {
  return classes.map((one, i) => (i === index ? { ...one, examples: change(one.examples) } : one));
}
