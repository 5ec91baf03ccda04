// The stop “What it gets”: the steps from the drawing to the model's numbers, what each is worth,
// and the numbers. It follows the drawing whenever the pen is lifted.
import { takesPhotos } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { create, fillPanel, find, nextTask, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import type { Store } from "../state.ts";
import { watchVisible } from "../visible.ts";
import { captionOf, inputOf, isOptional, isShown, recipeOf, shoot } from "./film.ts";
import type { Off, Recipe, Source, Take } from "./film.ts";
import { createLens } from "./lens.ts";
import { createShot, showIn, type Shot } from "./shot.ts";
import { sourceOf } from "./source.ts";
import "./gets.css";

/** After the frame with the answer beside it. */
const SOON = 30; // ms
/**
 * A step's part of the film, in ms: when it is seen for the first time, and whenever the pen is
 * lifted.
 */
const SLOW = 600;
const FAST = 200;

export function mount(section: HTMLElement, store: Store): void {
  let follow: (() => Promise<void>) | null = null;
  let timer = 0;
  store.watch(["model"], ({ model }) => {
    const recipe = model && recipeOf(model.manifest);
    section.hidden = !recipe;
    fillPanel(section);
    follow = recipe && build(section, store, model, recipe);
    void follow?.();
  });
  watchVisible(store, section, ["ink", "placed", "drawing", "prediction"], ({ drawing }) => {
    clearTimeout(timer);
    if (!drawing) timer = window.setTimeout(() => void follow?.(), SOON);
  });
}

/** Fill the section for one model. @returns A function that shows what is on the pad. */
function build(
  section: HTMLElement,
  store: Store,
  model: Model,
  recipe: Recipe,
): () => Promise<void> {
  const { steps, drawn, size } = recipe;
  const isPhoto = takesPhotos(model.manifest);
  const kind = isPhoto ? "photo" : "ink";
  const about = isPhoto ? say.gets.photo : say.gets;
  const side = Math.max(size.height, size.width);
  const off = new Set<number>();
  const shots = new Map<number, Shot>();
  for (const index of steps.keys()) {
    const turn = (isOn: boolean) => {
      if (isOn) off.delete(index);
      else off.add(index);
      void show();
    };
    if (isShown(recipe, index))
      shots.set(
        index,
        createShot(captionOf(recipe, index), kind, side, isOptional(recipe, index) ? turn : null),
      );
  }
  const film = create("ol", "film", ...[...shots.values()].map(({ element }) => element));
  const lens = isPhoto ? null : createLens(size);
  const told = create("p", "film-told");
  const photo = createPixels("photo"); // in place of the lens
  const large = lens?.element ?? create("div", "lens-photo", photo.frame);
  setText(find(section, "h2"), about.title);
  setText(find(section, "[data-say='gets.lead']"), about.lead);
  fillPanel(section, create("div", "getting", film, told, large, ...(lens ? [lens.place] : [])));

  let requests = 0;
  let pace = 0; // until it has been seen
  let before: object | null = null; // on the pad, when it was played
  const play = (duration: number) => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let delay = 0;
    for (const [index, shot] of shots) if (index > 0) shot.play(delay++ * duration, duration);
  };
  const seen = new IntersectionObserver(
    (entries) => {
      if (entries.at(-1)?.isIntersecting !== true) return;
      seen.disconnect();
      pace = FAST;
      play(SLOW);
    },
    { threshold: 0.6 },
  );
  seen.observe(film);

  async function ask(takes: readonly Take[]): Promise<readonly [string, string] | null> {
    const input = inputOf(recipe, takes);
    const { label, labelIndex, probabilities } = input
      ? await model.predict(input)
      : { label: null };
    return label === null ? null : [label, percent(probabilities[labelIndex] ?? 0, 0)];
  }

  async function show(): Promise<void> {
    const request = ++requests;
    const isCurrent = () => request === requests && store.state.model === model;
    /** In pieces, between which the page answers; null if something else is to be shown. */
    const takesOf = async (source: Source, off: Off) => {
      const takes: Take[] = [];
      for (const take of shoot(recipe, source, off)) {
        takes.push(take);
        await nextTask();
        if (!isCurrent()) return null;
      }
      return takes;
    };
    try {
      const { state } = store;
      const { ink, placed, prediction, trust } = state;
      const source = sourceOf(recipe, state);
      const takes = source ? await takesOf(source, off) : [];
      if (!takes) return;
      const pictureAt = (index: number) =>
        takes.find((take) => take.index === index)?.picture ?? null;
      const isData = source !== null && "channels" in source;
      for (const [index, shot] of shots) {
        const first =
          isData && index === 0
            ? ((isShown(recipe, drawn) ? null : pictureAt(drawn)) ?? source)
            : null;
        shot.show(
          first ?? pictureAt(index),
          pictureAt(index - 1) ?? (isData ? source : null),
          !off.has(index),
        );
        shot.element.hidden = isData && index > 0 && index < drawn;
        shot.tell("", ["", ""], false);
        await nextTask();
        if (!isCurrent()) return;
      }
      const input = inputOf(recipe, takes) ?? (placed?.changed && prediction?.input);
      lens?.show({ ...size, channels: 1, data: Float64Array.from(input ?? []) });
      showIn(photo, pictureAt(drawn - 1) ?? (isData ? source : null), say.gets.result);
      if ((placed ?? ink) !== before && pace > 0) play(pace);
      before = placed ?? ink;

      // Nothing is claimed of a doubtful drawing.
      const claimed = source && prediction && !trust?.doubt ? prediction : null;
      const answer = claimed && off.size > 0 ? await ask(takes) : null;
      if (!isCurrent()) return;
      const { changed, testImage, switched, nothing } = say.gets;
      // Announced when a step was switched, not after each stroke.
      told.setAttribute("aria-live", section.contains(document.activeElement) ? "polite" : "off");
      if (placed?.changed) setText(told, changed);
      else if (claimed && off.size > 0) setText(told, switched(answer?.join(", ") ?? nothing));
      else setText(told, isData ? testImage : "");

      for (const [index, shot] of shots) {
        if (!source || !claimed || !isOptional(recipe, index) || shot.element.hidden) continue;
        const other = new Set(off);
        if (!other.delete(index)) other.add(index);
        const turned = await takesOf(source, other);
        const reading = turned && ((await ask(turned)) ?? ([nothing, ""] as const));
        if (!reading || !isCurrent()) return;
        shot.tell(
          off.has(index) ? say.gets.on : say.gets.off,
          reading,
          reading[0] !== claimed.label,
        );
      }
    } catch (error) {
      if (isCurrent()) throw error; // a model that has been replaced meanwhile refuses
    }
  }

  return show;
}
