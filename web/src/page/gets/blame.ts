// Find the cause of a wrong answer: the step of the preparation that cost it most, else the ink.
import { create, rich } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { createPixels, type PixelPicture } from "../pixels.ts";
import type { PageState } from "../state.ts";
import { linearSubjectOf, weightsOf } from "../subject.ts";
import { captionOf, inputOf, isOptional, recipeOf, shoot, type Recipe } from "./film.ts";
import { sourceOf } from "./source.ts";
import type { Model, Prediction } from "../../runtime/types.ts";

/** The model's answer with a step switched off. */
interface Trial {
  readonly index: number;
  readonly prediction: Prediction;
}

/** @param wanted Index of the class that was drawn. */
export async function blameOf(state: PageState, wanted: number): Promise<readonly Node[]> {
  const { model, prediction } = state;
  if (!model || !prediction) return [];
  const [right, answer] = [model.labels[wanted]!, prediction.label];
  const words = say.wrong;
  if (prediction.labelIndex === wanted && !state.trust?.doubt)
    return [create("p", "", words.right)];
  const recipe = recipeOf(model.manifest);
  const best = recipe && (await bestTrial(model, recipe, state, wanted));
  if (recipe?.size.channels === 1 && best?.prediction.labelIndex === wanted) {
    const step = captionOf(recipe, best.index).title;
    return [
      pair(model, [best.prediction, words.without(step)], [prediction, words.with]),
      create("p", "", words.step(step, right), " ", link("gets", words.seeStep)),
    ];
  }
  const subject = linearSubjectOf(model);
  if (!subject || prediction.labelIndex === wanted)
    return [create("p", "", words.rare(right), " ", link("doubt", words.seeDoubt))];
  const { kernel, outputs } = subject.linear;
  const [forRight, forAnswer] = [wanted, prediction.labelIndex].map((index) =>
    weightsOf(kernel, outputs, index),
  );
  const votes = prediction.input.map(
    (ink, pixel) => ink * (forRight![pixel]! - forAnswer![pixel]!),
  );
  const picture = createPixels("weight");
  picture.show(
    subject.image,
    votes,
    Math.max(...votes.map(Math.abs)),
    say.mind.votes(right, answer),
  );
  const sentence = rich(words.ink, {
    answer: create("b", "against", answer),
    right: create("b", "for", right),
  });
  return [picture.figure, create("p", "", ...sentence, " ", link("mind", words.seeMind))];
}

/** The step without which the right answer gets its largest share. */
async function bestTrial(
  model: Model,
  recipe: Recipe,
  state: PageState,
  wanted: number,
): Promise<Trial | null> {
  const source = sourceOf(recipe, state);
  let best: Trial | null = null;
  for (const index of recipe.steps.keys()) {
    if (!source || !isOptional(recipe, index) || ("channels" in source && index < recipe.drawn))
      continue;
    const input = inputOf(recipe, [...shoot(recipe, source, new Set([index]))]);
    const prediction = input && (await model.predict(input));
    if (!prediction?.label) continue;
    const share = ({ probabilities }: Prediction) => probabilities[wanted] ?? 0;
    if (!best || share(prediction) > share(best.prediction)) best = { index, prediction };
  }
  return best;
}

/** Both inputs with what the model makes of them, side by side. */
function pair(model: Model, ...both: readonly (readonly [Prediction, string])[]): HTMLElement {
  const size = model.manifest.input.image!;
  const figures = both.map(([prediction, caption]) => {
    const picture: PixelPicture = createPixels("ink");
    const share = percent(prediction.probabilities[prediction.labelIndex] ?? 0);
    picture.show(size, prediction.input, Math.max(...prediction.input), caption);
    picture.caption.append(`${caption}: `, create("b", "", prediction.label), `, ${share}`);
    return picture.figure;
  });
  return create("div", "blame-pair", ...figures);
}

function link(stop: string, text: string): HTMLAnchorElement {
  const element = create("a", "", text);
  element.href = `#${stop}`;
  return element;
}
