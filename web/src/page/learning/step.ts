// One step on what is on the pad: error × ink is what it adds to the weights of a class.
import { create, setText } from "../dom.ts";
import { fixed, signed } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import type { PageState } from "../state.ts";
import { largestOf, runnerUp, type Subject } from "../subject.ts";

export function createStep({ image, labels, factor }: Subject) {
  const words = say.learning;
  const title = create("h3", "");
  const [error, sum] = [create("b", "number"), create("span", "note")];
  const [ink, rises, falls] = [createPixels("ink"), createPixels("weight"), createPixels("weight")];
  const sign = (text: string) => create("span", "sign", text);
  const row = create("div", "learning-sum", create("p", "learning-error", error, sum), sign("×"), ink.figure);
  row.append(sign("→"), rises.figure, falls.figure);
  const empty = create("p", "note", words.empty);
  setText(ink.caption, words.ink);
  return {
    element: create("div", "stack learning-step", title, row, empty),
    show({ prediction, placed, picked }: PageState) {
      row.hidden = !prediction;
      empty.hidden = prediction !== null;
      const truth = picked ?? placed?.labelIndex ?? prediction?.labelIndex;
      setText(title, truth === undefined ? words.stepTitle : words.stepIf(labels[truth]!));
      if (!prediction || truth === undefined) return;
      const { input, probabilities } = prediction;
      const share = probabilities[truth]!;
      const rival = runnerUp(probabilities, truth);
      const digits = 1 - share < 0.01 ? 3 : 2;
      setText(error, signed(1 - share, digits));
      setText(sum, words.error(fixed(share, digits)));
      ink.show(image, input, factor, words.ink);
      // By the root of the error: a large one is seen to change more, and a tenth is still seen.
      for (const [picture, index, by, caption] of [
        [rises, truth, 1 - share, words.rises],
        [falls, rival, -(rival === null ? 0 : probabilities[rival]!), words.falls],
      ] as const) {
        const told = index === null ? "" : caption(labels[index]!, fixed(Math.abs(by), digits));
        picture.figure.hidden = index === null;
        picture.show(
          image,
          input.map((value) => Math.sign(by) * Math.sqrt(Math.abs(by)) * value),
          largestOf(input),
          told,
        );
        setText(picture.caption, told);
      }
    },
  };
}
