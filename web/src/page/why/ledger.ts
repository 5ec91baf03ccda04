// The sum of one answer, and that it is the model's own score.
import { create, find, setText } from "../dom.ts";
import { percent, signed, tiny, whole } from "../format.ts";
import type { Part } from "./view.ts";

/** Float32 keeps some seven digits: of scores around 10, five behind the point. */
const DIGITS = 5;

export function mountLedger(root: HTMLElement): Part {
  const caption = find(root, "caption");
  const cells = ["for", "against", "bias", "score", "logit", "share"].map((name) => find(root, `.sum-${name}`));
  const note = create("p", "note");
  root.append(note);

  return ({ labels }, view, shown) => {
    if (!view) {
      const label = shown === null ? "an answer" : labels[shown];
      setText(caption, `The sum for ${label ?? ""}, once you have drawn`);
      for (const cell of cells) setText(cell, "\u2013");
      setText(note, "");
      return;
    }
    const { explanation, logits, prediction } = view;
    const sum = explanation.sums[view.shown]!;
    const numbers = [sum.speaksFor, sum.speaksAgainst, sum.bias, sum.score, logits[view.shown] ?? 0];
    const texts = [
      ...numbers.map((number) => signed(number, DIGITS)),
      percent(prediction.probabilities[view.shown] ?? 0),
    ];
    setText(
      caption,
      `The sum for ${labels[view.shown] ?? ""}, with ${view.isTestImage ? "this test image" : "your drawing"}`,
    );
    for (const [index, cell] of cells.entries()) setText(cell, texts[index] ?? "");
    setText(
      note,
      "Added up above pixel by pixel; the model\u2019s own score is rounded to float32, some seven digits. " +
        `Largest difference of all ${whole(logits.length)} scores: ${tiny(explanation.rounding)}.`,
    );
  };
}
