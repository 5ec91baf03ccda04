// The calculation of one answer's score, and that it equals the model's own.
import { create, find, setText } from "../dom.ts";
import { percent, signed, tiny, whole } from "../format.ts";
import type { Part } from "./view.ts";

/** Float32 has about seven digits: for scores around 10, five decimal places. */
const DIGITS = 5;

export function mountLedger(root: HTMLElement): Part {
  const caption = find(root, "caption");
  const cells = ["for", "against", "bias", "score", "logit", "share"].map((name) => find(root, `.sum-${name}`));
  const note = create("p", "note");
  root.append(note);

  return ({ labels }, view, shown) => {
    if (!view) {
      const label = shown === null ? "an answer" : labels[shown];
      setText(caption, `The calculation for ${label ?? ""}, once you have drawn`);
      for (const cell of cells) setText(cell, "\u2013");
      setText(note, "");
      return;
    }
    const { explanation, logits, prediction } = view;
    const sum = explanation.sums[view.shown]!;
    const numbers = [sum.positive, sum.negative, sum.bias, sum.score, logits[view.shown] ?? 0];
    const texts = [
      ...numbers.map((number) => signed(number, DIGITS)),
      percent(prediction.probabilities[view.shown] ?? 0),
    ];
    setText(
      caption,
      `The calculation for ${labels[view.shown] ?? ""}, with ${view.isTestImage ? "this test image" : "your drawing"}`,
    );
    for (const [index, cell] of cells.entries()) setText(cell, texts[index] ?? "");
    setText(
      note,
      "Calculated above pixel by pixel; the model\u2019s own score is rounded to float32, about seven significant figures. " +
        `Largest difference of all ${whole(logits.length)} scores: ${tiny(explanation.rounding)}.`,
    );
  };
}
