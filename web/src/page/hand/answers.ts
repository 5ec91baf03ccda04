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

  /** Which single steps decide the answer, tried one by one. */
  async function decisive(source: NonNullable<Source>, takes: readonly Take[], isCurrent: () => boolean) {
    const usual = await final(takes, ALL_ON);
    const found: string[] = [];
    for (const [index, step] of recipe.steps.entries()) {
      if (!isOptional(step) || ("channels" in source && index < recipe.drawn)) continue;
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
    return usual ? say.hand.noneDecides(usual.label) : "";
  }

  async function conclude(source: NonNullable<Source>, takes: readonly Take[], off: Off, isCurrent: () => boolean) {
    if (off.size === 0) return decisive(source, takes, isCurrent);
    const [switched, usual] = [await final(takes, off), await final(shoot(recipe, source, ALL_ON), ALL_ON)];
    if (!switched) return say.hand.switchedNothing;
    return usual ? say.hand.switched(inWords(switched), inWords(usual)) : "";
  }

  async function answerAll(source: Source, takes: readonly Take[], off: Off, places: Places): Promise<void> {
    const request = ++requests;
    const isCurrent = () => request === requests && store.state.model === model;
    const show = (shot: Shot | undefined, answer: Answer | null) =>
      shot?.answer(answer?.label ?? "", answer?.share ?? "");
    try {
      const first = source && "channels" in source ? { index: recipe.drawn - 1, picture: source } : null;
      const ofData = first && (await ask(inputAfter(recipe, first, off)));
      if (!isCurrent()) return;
      show(places.ofData, ofData);
      for (const [index, shot] of places.shots) {
        const take = takes.find((take) => take.index === index);
        const answer = take ? await ask(inputAfter(recipe, take, off)) : null;
        if (!isCurrent()) return;
        show(shot, answer);
      }
      const conclusion = source ? await conclude(source, takes, off, isCurrent) : "";
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
