// From the hand to the model's input: the preparation as a film. It follows what is on the pad whenever the pen is lifted.
import { pixelsOf } from "../../pad/pad.ts";
import { isDarkOnBright, takesPhotos } from "../../runtime/manifest.ts";
import type { Picture } from "../../runtime/preprocess/photos.ts";
import type { Model, Pixels } from "../../runtime/types.ts";
import { create, createButton, setText } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import type { PageState, Store } from "../state.ts";
import { watchVisible } from "../visible.ts";
import { createAnswerer } from "./answers.ts";
import { captionOf, leanWords, rowWords } from "./captions.ts";
import {
  inputAfter,
  isComplete,
  isOptional,
  isShown,
  isSizing,
  recipeOf,
  shoot,
  startsFromPad,
  type Recipe,
  type Take,
} from "./film.ts";
import "./hand.css";
import { createShot, type Shot } from "./shots.ts";

/** Beside the strokes: the pad's frame must be blank, as it is around the part with ink (boxOf). */
const MARGIN = 2;

/** After the frame with the answer at the top. */
const SOON = 30; // ms

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("hand");
  section.setAttribute("aria-labelledby", "hand-title");
  let follow: (() => void) | null = null;
  let timer = 0;
  store.watch(["model"], ({ model }) => {
    const recipe = model && recipeOf(model.manifest);
    section.hidden = !recipe;
    section.replaceChildren();
    follow = recipe && build(section, store, model, recipe);
  });
  watchVisible(store, section, ["ink", "placed", "drawing"], ({ drawing }) => {
    clearTimeout(timer);
    if (!drawing) timer = window.setTimeout(() => follow?.(), SOON);
  });
}

/** What the film begins with; null where there is nothing, or nothing to prepare. */
function sourceOf(recipe: Recipe, { ink, placed }: PageState): Pixels | Picture | null {
  if (placed?.changed) return null;
  if (placed)
    return { ...recipe.size, channels: recipe.size.channels as 1 | 3, data: Float64Array.from(placed.picture) };
  if (!ink) return null;
  const { context, box } = ink;
  const { width, height } = context.canvas;
  const isAll = box.width === width && box.height === height; // as of an image
  if (isAll || !startsFromPad(recipe)) return pixelsOf(ink);
  return context.getImageData(-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN);
}

/** Fill the section for one model. @returns A function that shows what is on the pad. */
function build(section: HTMLElement, store: Store, model: Model, recipe: Recipe): () => void {
  const { steps, drawn, size } = recipe;
  const words = say.hand;
  const sides = words.size(whole(size.width), whole(size.height));
  const count = whole(model.manifest.input.shape.reduce((product, length) => product * length, 1));
  const off = new Set<number>();
  const isInk = !takesPhotos(model.manifest);
  const data = createShot(words.data, isInk && !isDarkOnBright(model.manifest), null);
  const shots = new Map<number, Shot>();
  for (const [index, step] of steps.entries()) {
    const onSwitch = (isOn: boolean) => {
      if (isOn) off.delete(index);
      else off.add(index);
      show();
    };
    if (isShown(step))
      shots.set(index, createShot(captionOf(recipe, index), isInk, isOptional(step) ? onSwitch : null));
  }
  const allOn = createButton("action", () => {
    off.clear();
    show();
    shots.values().next().value?.element.parentElement?.querySelector("input")?.focus();
  });
  allOn.textContent = words.allOn;
  const about = isInk ? words : words.photo;
  const title = create("h2", "", about.title(count));
  title.id = "hand-title";
  const note = create("p", "explains film-note");
  const film = create("ol", "film", data.element, ...[...shots.values()].map(({ element }) => element));
  const result = create("p", "film-result");
  const row = create("p", "film-row");
  section.append(title, create("p", "explains", about.intro(sides)), note, film, result, allOn, row);
  const answerer = createAnswerer(store, model, recipe);

  function show(): void {
    const { placed } = store.state;
    const source = sourceOf(recipe, store.state);
    const isData = source !== null && "channels" in source;
    const takes = source ? shoot(recipe, source, off) : [];
    setText(note, placed?.changed ? words.changed : isData ? words.testImage(sides) : source ? "" : about.empty);
    note.hidden = note.textContent === "";
    allOn.hidden = off.size === 0;
    data.element.hidden = !isData;
    data.show(isData ? source : null, words.data.does, "", true);
    for (const [index, shot] of shots) {
      shot.element.hidden = isData && index < drawn;
      paint(index, shot, takes, isData ? { index: drawn - 1, picture: source } : undefined);
    }
    const last = isComplete(recipe, takes) ? inputAfter(recipe, takes.at(-1)!, off) : null;
    row.replaceChildren(...(last ? [words.numbers(count), create("br", ""), rowWords(last, recipe)] : []));
    answerer.answer(source, takes, off, {
      ofData: data,
      shots,
      say(text) {
        // Announced when a step was switched, not after each stroke above.
        result.setAttribute("aria-live", section.contains(document.activeElement) ? "polite" : "off");
        setText(result, text);
      },
    });
  }

  function paint(index: number, shot: Shot, takes: readonly Take[], first: Take | undefined): void {
    const step = steps[index]!;
    const at = takes.findIndex((take) => take.index === index);
    const isOn = !off.has(index);
    const { does } = captionOf(recipe, index);
    const found = at >= 0 ? leanWords(step, takes[at - 1] ?? first) : "";
    if (isOn) shot.show(takes[at]?.picture ?? null, does, found, true);
    else shot.show(takes[at]?.picture ?? null, isSizing(step) ? words.off : words.skipped, "", false);
  }

  show();
  return show;
}
