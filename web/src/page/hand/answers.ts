// The answers to the pictures of the film, one after the other, and what follows from them. Where a model is slow they come in
// turn, and a new drawing stops those to the one before.
import type { Picture } from "../../runtime/preprocess/photos.ts";
import type { Model, Pixels } from "../../runtime/types.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import { captionOf } from "./captions.ts";
import { inputAfter, isComplete, isOptional, shoot, type Off, type Recipe, type Take } from "./film.ts";
import type { Shot } from "./shots.ts";

const ALL_ON: Off = new Set();

interface Answer {
  readonly label: string;
  /** Its probability, as the page writes it. */
  readonly share: string;
}
const inWords = ({ label, share }: Answer) => `${label}, ${share}`;

/** Where the answers go. */
interface Places {
  readonly ofData: Shot;
  /** By the index of the step. */
  readonly shots: ReadonlyMap<number, Shot>;
  readonly say: (text: string) => void;
}

type Source = Pixels | Picture | null;

export function createAnswerer(store: Store, model: Model, recipe: Recipe) {
  let requests = 0;

  async function ask(input: Float32Array): Promise<Answer | null> {
    const { label, labelIndex, probabilities } = await model.predict(input);
    return label === null ? null : { label, share: percent(probabilities[labelIndex] ?? 0) };
  }

  /** Of the whole preparation; null where nothing is left. */
  const final = async (takes: readonly Take[], off: Off) =>
    isComplete(recipe, takes) ? ask(inputAfter(recipe, takes.at(-1)!, off)) : null;

  /** Which single steps decide the answer, tried one by one; if none does, whether all of them do. */
  async function decisive(
    source: NonNullable<Source>,
    takes: readonly Take[],
    usual: Answer | null,
    plain: Answer | null,
    isCurrent: () => boolean,
  ) {
    const first = "channels" in source ? recipe.drawn : 0;
    const optional = [...recipe.steps.keys()].filter((index) => index >= first && isOptional(recipe.steps[index]!));
    const found: string[] = [];
    for (const index of optional) {
      await new Promise((resume) => setTimeout(resume)); // the page stays responsive
      if (!isCurrent() || !usual) return "";
      const off: Off = new Set([index]);
      const kept = takes.filter((take) => take.index < index);
      const other = await final(shoot(recipe, source, off, kept), off);
      if (other?.label === usual.label) continue;
      const { title } = captionOf(recipe, index);
      found.push(other ? say.hand.without(title, inWords(other)) : say.hand.withoutNothing(title));
    }
    if (found.length > 0) return say.hand.decides(found);
    if (!usual || optional.length === 0) return "";
    const together = optional.length > 1 && plain && plain.label !== usual.label;
    return [say.hand.noneDecides(usual.label), ...(together ? [say.hand.allDecide(inWords(plain))] : [])].join(" ");
  }

  async function compare(source: NonNullable<Source>, switched: Answer | null) {
    const usual = await final(shoot(recipe, source, ALL_ON), ALL_ON);
    if (!switched) return say.hand.switchedNothing;
    return usual ? say.hand.switched(inWords(switched), inWords(usual)) : "";
  }

  async function answerAll(source: Source, takes: readonly Take[], off: Off, places: Places): Promise<void> {
    const request = ++requests;
    const isCurrent = () => request === requests && store.state.model === model;
    try {
      const last = await final(takes, off);
      let plain: Answer | null = null; // to the first picture
      const show = async (shot: Shot, take: Take | undefined) => {
        const answer = take ? await ask(inputAfter(recipe, take, off)) : null;
        if (!isCurrent()) return;
        plain ??= answer;
        shot.answer(answer?.label ?? "", answer?.share ?? "", !answer || answer.label === last?.label);
      };
      if (source && "channels" in source) await show(places.ofData, { index: recipe.drawn - 1, picture: source });
      for (const [index, shot] of places.shots) {
        if (!isCurrent()) return;
        await show(
          shot,
          takes.find((take) => take.index === index),
        );
      }
      let conclusion = "";
      if (source && off.size > 0) conclusion = await compare(source, last);
      else if (source) conclusion = await decisive(source, takes, last, plain, isCurrent);
      if (isCurrent()) places.say(conclusion);
    } catch (error) {
      if (isCurrent()) throw error; // a model that has been replaced meanwhile refuses
    }
  }

  return {
    answer(source: Source, takes: readonly Take[], off: Off, places: Places): void {
      void answerAll(source, takes, new Set(off), places);
    },
  };
}
