// "What if it were a 3?" Steps of training on what is on the pad, until the model agrees: error ×
// ink is what one adds.
import { fillChoices } from "../choices.ts";
import { create, createButton, setText } from "../dom.ts";
import { fixed, percent, signed, whole } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import type { PageState } from "../state.ts";
import { largestOf, runnerUp, type Subject } from "../subject.ts";
import { answerOf, sharesOf, trainBatch, type Trainable } from "../training/sgd.ts";

/** Milliseconds between two steps. */
const PACE = 90;
/** More steps are not taken: it does not agree. */
const MOST = 500;

/**
 * What it shall learn: the visitor's choice, or the true label if it was misread, or else the
 * second most probable class.
 */
function truthOf({ picked, placed, prediction }: PageState): number | null {
  if (!prediction) return null;
  const { labelIndex, probabilities } = prediction;
  const wanted = picked ?? placed?.labelIndex ?? null;
  return wanted === null || wanted === labelIndex ? runnerUp(probabilities, labelIndex) : wanted;
}

/** @param rate Of a step, for one image of a batch; null if unknown: then no step is taken. */
export function createStep(
  { image, labels, factor, linear }: Subject,
  rate: number | null,
  pick: (index: number) => void,
) {
  const words = say.learning;
  const group = create("div", "choices");
  group.setAttribute("role", "group");
  const title = create("h3", "", words.whatIf);
  group.setAttribute("aria-label", words.whatIf);
  const choices = fillChoices(group, labels, pick);
  const [error, sum] = [create("b", "number"), create("span", "note")];
  const [ink, rises, falls] = [createPixels("ink"), createPixels("weight"), createPixels("weight")];
  const sign = (text: string) => create("span", "sign", text);
  const row = create(
    "div",
    "learning-sum",
    create("p", "learning-error", error, sum),
    sign("×"),
    ink.figure,
  );
  row.append(sign("→"), rises.figure, falls.figure);
  const teach = createButton("action primary", () => void take(), words.teach);
  const reset = createButton("action", forget, say.percent.reset);
  const told = create("p", "learning-said");
  told.setAttribute("role", "status");
  const buttons = create("div", "buttons", teach, reset);
  setText(ink.caption, words.ink);

  let now: PageState | null = null;
  let truth: number | null = null;
  let own: Trainable | null = null; // after the steps
  let steps = 0;

  function forget(): void {
    own = null;
    steps = 0;
    render();
  }

  async function take(): Promise<void> {
    const asked = now?.prediction;
    if (!asked || truth === null || rate === null || own) return;
    const { input } = asked;
    const wanted = truth;
    const mine = {
      kernel: linear.kernel.slice(),
      bias: linear.bias.slice(),
      outputs: linear.outputs,
    };
    own = mine;
    while (own === mine && steps < MOST && sharesOf(mine, input)[wanted]! < 0.5) {
      trainBatch(mine, { inputs: input, size: input.length, labels: [wanted] }, [0], rate);
      steps++;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) continue;
      render();
      await new Promise((resume) => setTimeout(resume, PACE));
    }
    render();
  }

  function render(): void {
    const prediction = now?.prediction;
    row.hidden = buttons.hidden = truth === null;
    choices.mark(now?.picked ?? null, truth);
    teach.hidden = rate === null;
    teach.setAttribute("aria-disabled", String(own !== null));
    reset.setAttribute("aria-disabled", String(own === null));
    setText(told, words.empty);
    if (!prediction || truth === null) return;
    const { input } = prediction;
    const shares = own ? sharesOf(own, input) : prediction.probabilities;
    const [share, rival] = [shares[truth]!, runnerUp(shares, truth)];
    const best = answerOf(Array.from(shares));
    const answer = [labels[best]!, percent(shares[best]!)] as const;
    if (own)
      setText(
        told,
        `${words.taught(whole(steps), ...answer)}${best === truth ? ` ${words.believes}` : ""}`,
      );
    else setText(told, now?.trust?.doubt ? "" : words.says(...answer));
    setText(error, signed(1 - share));
    setText(sum, words.error(fixed(share, 2)));
    ink.show(image, input, factor, words.ink);
    // By the root of the error: a large one is seen to change more, and a tenth is still seen.
    for (const [picture, index, by, caption] of [
      [rises, truth, 1 - share, words.rises],
      [falls, rival, -(rival === null ? 0 : shares[rival]!), words.falls],
    ] as const) {
      const what = index === null ? "" : caption(labels[index]!, fixed(Math.abs(by), 2));
      picture.figure.hidden = index === null;
      const values = input.map((value) => Math.sign(by) * Math.sqrt(Math.abs(by)) * value);
      picture.show(image, values, largestOf(input), what);
      setText(picture.caption, what);
    }
  }

  return {
    element: create("div", "stack learning-step", title, group, row, told, buttons),
    show(state: PageState) {
      const next = truthOf(state);
      if (state.prediction !== now?.prediction || next !== truth) [own, steps] = [null, 0];
      [now, truth] = [state, next];
      render();
    },
  };
}
