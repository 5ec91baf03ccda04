// The calculation behind an answer, term by term, as the stops show it. In double precision, like
// the page's own engine.
import type { LinearWeights } from "../runtime/types.ts";
import { shownClass, type PageState } from "./state.ts";
import { waysOf, type Subject, type Ways } from "./subject.ts";

/** The score of a row and its terms: `positive` + `negative` + `bias`. */
export interface Sum {
  /** Input × weight of each pixel: its vote. */
  readonly votes: Float64Array;
  /** Sum of the votes above 0. */
  readonly positive: number;
  /** Sum of the votes below 0. */
  readonly negative: number;
  readonly bias: number;
  readonly score: number;
}

/** The sum of each row. */
export function explain(
  input: Float32Array,
  { kernel, bias, outputs }: LinearWeights,
): readonly Sum[] {
  return Array.from({ length: outputs }, (_, column): Sum => {
    const votes = Float64Array.from(input, (value, row) => value * kernel[row * outputs + column]!);
    let [positive, negative] = [0, 0];
    for (const vote of votes) {
      if (vote > 0) positive += vote;
      else negative += vote;
    }
    const constant = bias[column]!;
    return { votes, positive, negative, bias: constant, score: positive + negative + constant };
  });
}

export interface View {
  /** The model's input; all 0 where there is nothing to read. */
  readonly input: Float32Array;
  readonly sums: readonly Sum[];
  /** The row of each class that fits best. */
  readonly ways: readonly Ways[];
  /** The score of each class; where it has several rows, that of all of them together. */
  readonly scores: readonly number[];
  /** Index of the class to show. */
  readonly shown: number;
  /**
   * Likewise, to mark. Null where the answer is doubtful: then nothing looks like one that the
   * visitor has not chosen.
   */
  readonly marked: number | null;
}

export function viewOf({ linear, styles }: Subject, state: PageState): View {
  const input = state.prediction?.input ?? new Float32Array(linear.inputs);
  const sums = explain(input, linear);
  const ways = waysOf(
    sums.map(({ score }) => score),
    styles,
  );
  const scores = ways.map(({ score, crowd }) => score + Math.log(crowd));
  const shown = shownClass(state) ?? scores.indexOf(Math.max(...scores));
  return { input, sums, ways, scores, shown, marked: state.trust?.doubt ? state.picked : shown };
}
