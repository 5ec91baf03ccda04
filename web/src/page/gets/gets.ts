// From the hand to the model's input: the preparation as a film. It follows what is on the pad whenever the pen is
// lifted.
import { pixelsOf } from "../../pad/pad.ts";
import { fillPanel } from "../dom.ts";
import { MARGIN } from "../../pad/strokes.ts";
import type { Model } from "../../runtime/types.ts";
import type { PageState, Store } from "../state.ts";
import { watchVisible } from "../visible.ts";
import { recipeOf, startsFromPad, type Recipe, type Source } from "./film.ts";
import "./gets.css";
import { createPlayer } from "./player.ts";
import { createScreen } from "./screen.ts";

/** After the frame with the answer at the top. */
const SOON = 30; // ms

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("hand");
  let follow: (() => void) | null = null;
  let timer = 0;
  store.watch(["model"], ({ model }) => {
    const recipe = model && recipeOf(model.manifest);
    section.hidden = !recipe;
    fillPanel(section);
    follow = recipe && build(section, store, model, recipe);
  });
  watchVisible(store, section, ["ink", "placed", "drawing"], ({ drawing }) => {
    clearTimeout(timer);
    if (!drawing) timer = window.setTimeout(() => follow?.(), SOON);
  });
}

/** The film's first picture; null if there is none, or none to prepare. */
function sourceOf(recipe: Recipe, { ink, placed }: PageState): Source | null {
  if (placed?.changed) return null;
  if (placed)
    return { ...recipe.size, channels: recipe.size.channels as 1 | 3, data: Float64Array.from(placed.picture) };
  if (!ink) return null;
  const { context, box } = ink;
  const { width, height } = context.canvas;
  const isAll = box.width === width && box.height === height; // as of an image
  if (isAll || !startsFromPad(recipe)) return pixelsOf(ink);
  // The pad's frame must be blank, as it is around the part with ink.
  return context.getImageData(-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN);
}

/** Fill the section for one model. @returns A function that shows what is on the pad. */
function build(section: HTMLElement, store: Store, model: Model, recipe: Recipe): () => void {
  const off = new Set<number>();
  const screen = createScreen(section, model, recipe, off, show);
  const play = createPlayer(store, model, recipe, screen);

  function show(): void {
    const source = sourceOf(recipe, store.state);
    screen.begin(source, store.state.placed?.changed !== undefined);
    play(source, off);
  }

  show();
  return show;
}
