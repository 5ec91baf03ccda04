// The formula, each symbol above its word and how many numbers it stands for, and what the numbers are.
import { create } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import type { Subject } from "../subject.ts";

function createTerm(symbol: string, tag: "b" | "i", word: string, count: string): HTMLElement {
  return create("span", "term", create(tag, "", symbol), create("small", "", word), create("small", "count", count));
}

const sign = (text: string) => create("span", "", text);

/** @param hasBias A model without biases has a shorter formula. */
export function createFormula({ image, linear, labels, styles }: Subject, hasBias: boolean): HTMLElement {
  const { inputs, outputs, kernel, bias } = linear;
  const words = say.why.symbols;
  const sum = [
    createTerm("A", "b", words.weights, `${whole(outputs)} × ${whole(inputs)}`),
    createTerm("x", "b", words.pixels, whole(inputs)),
    ...(hasBias ? [sign("+"), createTerm("b", "b", words.biases, whole(outputs))] : []),
  ];
  const scores = create("small", "", create("i", "", "z"), `, ${words.scores}`);
  const formula = create(
    "p",
    "formula",
    createTerm("p", "i", words.shares, whole(labels.length)),
    sign("="),
    ...(styles > 1 ? [createTerm("Σ", "i", say.why.ways.symbol, whole(styles))] : []),
    createTerm("g", "i", words.softmax, ""),
    sign("("),
    create("span", "scores-term", create("span", "terms", ...sum), scores),
    sign(")"),
  );
  formula.setAttribute("role", "img");
  formula.setAttribute("aria-label", say.why.formulaName(hasBias, styles));
  const numbers = whole(kernel.length + (hasBias ? bias.length : 0));
  const grid = `${whole(image.height)} × ${whole(image.width)}`;
  return create(
    "div",
    "why-formula",
    formula,
    create(
      "p",
      "",
      say.why.inWords(whole(inputs), grid, whole(labels.length), hasBias, styles),
      " ",
      say.why.wholeModel(numbers),
    ),
  );
}
