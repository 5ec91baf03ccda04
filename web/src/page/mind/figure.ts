// The figure: the picture with the pixels that flip the answer, and why it is this answer and not
// another.
import { create, createButton, rich, setText } from "../dom.ts";
import { fixed, percent, signed, whole } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import { largestOf, type Subject } from "../subject.ts";
import { gain } from "./fewest.ts";
import { createGrid } from "./grid.ts";
import type { View } from "./view.ts";

interface Actions {
  /** @param isNew A new line begins; otherwise the last one goes on. */
  readonly paint: (pixels: readonly number[], isNew: boolean) => void;
  readonly eraseAll: (pixels: readonly number[]) => void;
}

const isOn = (button: Element) => button.getAttribute("aria-disabled") !== "true";

export function createFigure({ labels, image }: Subject, { paint, eraseAll }: Actions) {
  const words = say.mind;
  let shown: View | null = null;
  let message = "";

  const grid = createGrid(image, { paint, describe });
  const title = create("h3", "");
  const votes = createPixels("weight");
  const key = create("p", "mind-key");
  const erase = createButton("action primary", () => {
    if (shown && isOn(erase)) eraseAll(shown.change.pixels);
  });
  const undo = createButton(
    "action",
    () => {
      if (isOn(undo)) document.querySelector<HTMLElement>(".undo")?.click(); // the pad's
    },
    say.draw.undo,
  );
  const why = create("div", "mind-why", title, votes.figure, key);
  grid.element.append(create("div", "buttons", erase, undo));

  /** Says what a pixel does, or what all the marked ones do. */
  function describe(pixel: number | null): string {
    if (!shown) return message;
    const { scene, answer, goal, change, erased, picture, after } = shown;
    const [ours, theirs] = [labels[goal]!, labels[answer]!];
    if (pixel !== null) {
      const place = [Math.floor(pixel / image.width) + 1, (pixel % image.width) + 1].map(whole);
      const told = words.place(place[0]!, place[1]!, fixed(picture[pixel] ?? 0, 2));
      const moves = signed(gain(scene, pixel, goal, answer));
      return `${told} ${picture[pixel] === 0 ? words.nothing : words.moves(ours, theirs, moves)}`;
    }
    if (!change.isEnough) return words.impossible(ours);
    const count = change.pixels.length + erased.length;
    const isLeast = erased.length === 0 && change.pixels.length === change.atLeast;
    const told = words.flips(
      count,
      `${ours}, ${percent(after[goal]!)}`,
      change.pixels.length ? "marked" : "erased",
    );
    return isLeast ? `${told} ${words.fewest(ours)}` : told;
  }

  return {
    element: create("div", "stack mind-figure", grid.element, why),
    /** @param told In place of a view: why there is none. */
    show(view: View | null, picture: Float32Array | null, told: string) {
      shown = view;
      message = told;
      why.classList.toggle("blank", !view);
      const pixels = view?.change.pixels ?? [];
      grid.show(picture, view ? { pixels, erased: view.erased } : null);
      setText(erase, words.erase(pixels.length));
      // Not `disabled`: a button that is pressed and then disabled would lose the keyboard focus.
      erase.setAttribute("aria-disabled", String(pixels.length === 0));
      undo.setAttribute("aria-disabled", String(!view?.erased.length));
      if (!view) return;
      const [ours, theirs] = [labels[view.answer]!, labels[view.goal]!];
      setText(title, words.why(ours, theirs));
      votes.show(image, view.votes, largestOf(view.votes), words.votes(ours, theirs));
      const says = (className: string, colour: string, label: string) =>
        create("span", "", ...rich(words.says(label), { colour: create("b", className, colour) }));
      key.replaceChildren(
        says("for", words.blue, ours),
        " ",
        says("against", words.orange, theirs),
      );
    },
  };
}
