// The sum behind one answer: g(AX + b) with this drawing's numbers.
import { find, setText } from "../dom.ts";
import { percent, signed } from "../format.ts";
import { shownClass, type Store } from "../state.ts";

export function mountWhy(root: ParentNode, store: Store): void {
  const ledger = find(root, ".ledger");
  const caption = find(ledger, "caption");
  const cells = ["for", "against", "bias", "score", "share"].map((name) => find(ledger, `.sum-${name}`));

  store.watch(["model", "prediction", "pointed", "picked"], (state) => {
    const { model, prediction } = state;
    const shown = shownClass(state);
    const label = shown === null ? undefined : model?.labels[shown];
    if (!model?.linear || !prediction || shown === null || label === undefined) {
      setText(caption, `The sum for ${label ?? "an answer"}, once you have drawn`);
      for (const cell of cells) setText(cell, "\u2013");
      return;
    }
    const { kernel, bias, outputs } = model.linear;
    let speaksFor = 0;
    let speaksAgainst = 0;
    prediction.input.forEach((value, pixel) => {
      const product = value * (kernel[pixel * outputs + shown] ?? 0);
      if (product > 0) speaksFor += product;
      else speaksAgainst += product;
    });
    const constant = bias[shown] ?? 0;
    const texts = [speaksFor, speaksAgainst, constant, speaksFor + speaksAgainst + constant].map((sum) => signed(sum));
    texts.push(percent(prediction.probabilities[shown] ?? 0));
    setText(caption, `The sum for ${label}, with your drawing`);
    for (const [index, cell] of cells.entries()) setText(cell, texts[index] ?? "");
  });
}
