// Where the film is shown: the section with its pictures, switches and words.
import { isDarkOnBright, takesPhotos } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { create, createButton, fillPanel, find, setText } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import { captionOf, leanWords, longestWords } from "./captions.ts";
import { isOptional, isShown, isSizing, type Recipe, type Source, type Take } from "./film.ts";
import type { Screen } from "./player.ts";
import { createShot, type Shot } from "./shots.ts";

/**
 * @param off Indices of the steps that are switched off; the switches change it.
 * @param onSwitch Called after a change.
 */
export function createScreen(
  section: HTMLElement,
  model: Model,
  recipe: Recipe,
  off: Set<number>,
  onSwitch: () => void,
) {
  const { drawn, size } = recipe;
  const isInk = !takesPhotos(model.manifest);
  const words = say.gets;
  const about = isInk ? words : words.photo;
  const sides = words.size(whole(size.width), whole(size.height));

  const data = createShot(words.data, words.data.does, isInk && !isDarkOnBright(model.manifest), null);
  const shots = createShots(recipe, isInk, off, onSwitch);
  const all = [data, ...shots.values()];
  setText(find(section, "h2"), about.title);
  setText(find(section, ".intro"), about.lead);
  const note = create("p", "explains film-note");
  const film = create("ol", "film", ...all.map(({ element }) => element));
  const result = create("p", "film-result");
  const allOn = createButton(
    "action",
    () => {
      off.clear();
      onSwitch();
      film.querySelector("input")?.focus(); // the button is gone
    },
    words.allOn,
  );
  fillPanel(section, create("p", "explains", words.below), note, film, result, allOn);

  const screen: Screen = {
    show(index, take, before, answer) {
      const picture = take?.picture ?? null;
      if (index >= drawn || data.element.hidden) {
        shots.get(index)?.show(picture, wordsAt(recipe, index, off, before), !off.has(index), answer);
      } else if (take) data.show(picture, words.data.does, true, answer);
    },
    end(final) {
      for (const shot of all) shot.compare(final);
    },
    conclude(text) {
      // Announced when a step was switched, not after each stroke above.
      result.setAttribute("aria-live", section.contains(document.activeElement) ? "polite" : "off");
      setText(result, text);
    },
  };

  return {
    ...screen,
    /** @param isChanged True if no step applies to the picture on the pad. */
    begin(source: Source | null, isChanged: boolean): void {
      const isData = source !== null && "channels" in source;
      setText(note, isChanged ? words.changed : isData ? words.testImage(sides) : source ? "" : about.empty);
      note.hidden = note.textContent === "";
      allOn.hidden = off.size === 0;
      data.element.hidden = !isData;
      for (const [index, { element }] of shots) element.hidden = isData && index < drawn;
    },
  };
}

/** By the index of the step. */
function createShots(recipe: Recipe, isInk: boolean, off: Set<number>, onSwitch: () => void): Map<number, Shot> {
  const shots = new Map<number, Shot>();
  for (const [index, step] of recipe.steps.entries()) {
    const turn = (isOn: boolean) => {
      if (isOn) off.delete(index);
      else off.add(index);
      onSwitch();
    };
    if (!isShown(step)) continue;
    const longest = longestWords(recipe, index);
    shots.set(index, createShot(captionOf(recipe, index), longest, isInk, isOptional(step) ? turn : null));
  }
  return shots;
}

function wordsAt(recipe: Recipe, index: number, off: Set<number>, before: Take | null): string {
  const step = recipe.steps[index]!;
  if (off.has(index)) return isSizing(step) ? say.gets.off : say.gets.skipped;
  return [captionOf(recipe, index).does, leanWords(step, before)].filter((text) => text !== "").join(" ");
}
