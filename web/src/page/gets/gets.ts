// From the hand to the model's input: the preparation as a film. It follows what is on the pad whenever the pen is
// lifted.
import { fillPanel } from "../dom.ts";
import type { Model } from "../../runtime/types.ts";
import type { Store } from "../state.ts";
import { watchVisible } from "../visible.ts";
import { recipeOf, type Recipe } from "./film.ts";
import "./gets.css";
import { createPlayer } from "./player.ts";
import { createScreen } from "./screen.ts";
import { sourceOf } from "./source.ts";

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
