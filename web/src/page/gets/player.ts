// Plays the film: step by step, with the answer to each picture, and at the end what follows from them. Between the
// steps the page can do other things, so that a slow device or a slow model does not stop it; a new drawing stops the
// film of the one before.
import type { Model } from "../../runtime/types.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import { captionOf } from "./captions.ts";
import {
  inputAfter,
  isComplete,
  isOptional,
  isShown,
  shoot,
  type Off,
  type Recipe,
  type Source,
  type Take,
} from "./film.ts";

export interface Answer {
  readonly label: string;
  /** Its probability, as the page writes it. */
  readonly share: string;
}

/** Where the film is shown. */
export interface Screen {
  /**
   * @param index The step's index; the one before the first step for all pictures stands for a picture of the data set.
   * @param take Null where nothing is left to show.
   * @param before The take before it.
   */
  readonly show: (index: number, take: Take | null, before: Take | null, answer: Answer | null) => void;
  readonly end: (final: Answer | null) => void;
  readonly conclude: (words: string) => void;
}

const ALL_ON: Off = new Set();

const inWords = ({ label, share }: Answer) => `${label}, ${share}`;
const pause = () => new Promise((resume) => setTimeout(resume));

/** @returns A function that plays the film of a source; null: of nothing. */
export function createPlayer(store: Store, model: Model, recipe: Recipe, screen: Screen) {
  const { steps, drawn } = recipe;
  let requests = 0;

  async function ask(input: Float32Array): Promise<Answer | null> {
    const { label, labelIndex, probabilities } = await model.predict(input);
    return label === null ? null : { label, share: percent(probabilities[labelIndex] ?? 0) };
  }

  /** The answer to the whole preparation; null where nothing is left. */
  const final = async (takes: readonly Take[], off: Off) =>
    isComplete(recipe, takes) ? ask(inputAfter(recipe, takes.at(-1)!, off)) : null;

  /** @returns The takes, and the answer to the first picture; null if the film was stopped. */
  async function play(source: Source | null, off: Off, isCurrent: () => boolean) {
    const takes: Take[] = [];
    let before: Take | null = source && "channels" in source ? { index: drawn - 1, picture: source } : null;
    let plain: Answer | null = null;
    const shown = new Set<number>();
    const show = async (take: Take, earlier: Take | null) => {
      const answer = await ask(inputAfter(recipe, take, off));
      if (!isCurrent()) return;
      screen.show(take.index, take, earlier, answer);
      shown.add(take.index);
      plain ??= answer;
      await pause();
    };
    if (before) await show(before, null);
    for (const take of source ? shoot(recipe, source, off) : []) {
      await pause();
      if (!isCurrent()) return null;
      takes.push(take);
      if (isShown(steps[take.index]!)) await show(take, before);
      before = take;
    }
    if (!isCurrent()) return null;
    for (const [index, step] of steps.entries()) {
      if (isShown(step) && !shown.has(index)) screen.show(index, null, null, null);
    }
    return { takes, plain: plain as Answer | null };
  }

  /** Which single steps decide the answer, tried one by one; if none does, whether all of them do. */
  async function decisive(
    source: Source,
    takes: readonly Take[],
    usual: Answer | null,
    plain: Answer | null,
    isCurrent: () => boolean,
  ) {
    const first = "channels" in source ? drawn : 0;
    const optional = [...steps.keys()].filter((index) => index >= first && isOptional(steps[index]!));
    const found: string[] = [];
    for (const index of optional) {
      await pause();
      if (!isCurrent() || !usual) return "";
      const off: Off = new Set([index]);
      const kept = takes.filter((take) => take.index < index);
      const other = await final([...kept, ...shoot(recipe, source, off, kept)], off);
      if (other?.label === usual.label) continue;
      const { title } = captionOf(recipe, index);
      found.push(other ? say.gets.without(title, inWords(other)) : say.gets.withoutNothing(title));
    }
    if (found.length > 0) return say.gets.decides(found);
    if (!usual || optional.length === 0) return "";
    const together = optional.length > 1 && plain && plain.label !== usual.label;
    return [say.gets.noneDecides(usual.label), ...(together ? [say.gets.allDecide(inWords(plain))] : [])].join(" ");
  }

  async function compare(source: Source, switched: Answer | null) {
    const usual = await final([...shoot(recipe, source, ALL_ON)], ALL_ON);
    if (!switched) return say.gets.switchedNothing;
    return usual ? say.gets.switched(inWords(switched), inWords(usual)) : "";
  }

  async function run(source: Source | null, off: Off): Promise<void> {
    const request = ++requests;
    const isCurrent = () => request === requests && store.state.model === model;
    try {
      const played = await play(source, off, isCurrent);
      if (!played) return;
      const { takes, plain } = played;
      const last = await final(takes, off);
      if (!isCurrent()) return;
      screen.end(last);
      let conclusion = "";
      if (source && off.size > 0) conclusion = await compare(source, last);
      else if (source) conclusion = await decisive(source, takes, last, plain, isCurrent);
      if (isCurrent()) screen.conclude(conclusion);
    } catch (error) {
      if (isCurrent()) throw error; // a model that has been replaced meanwhile refuses
    }
  }

  return (source: Source | null, off: Off): void => void run(source, new Set(off));
}
