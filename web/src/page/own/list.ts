// The visitor's classes: names, examples and weights, and the buttons that change them.
import { inkRamp, onThemeChange, paintValues } from "../colours.ts";
import { context2d, create, createButton } from "../dom.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import type { ImageSize } from "../../runtime/schema.ts";
import { FEWEST, LONGEST_NAME, type Classes, type OwnClass } from "./classes.ts";
import { fromBytes } from "./preparation.ts";

export interface Actions {
  readonly rename: (index: number, name: string) => void;
  readonly removeClass: (index: number) => void;
  readonly removeExample: (index: number, place: number) => void;
}

/** For each class that the model knows, the weights of its pixels. Null where there is nothing to show. */
export type Weights = readonly (ArrayLike<number> | null)[];

export interface List {
  readonly element: HTMLElement;
  readonly show: (classes: Classes) => void;
  /** @param most The largest absolute weight. */
  readonly showWeights: (weights: Weights, most: number) => void;
  /** Say of each example what it was read as while it was left out; null if that is right, or not known. */
  readonly showGuesses: (guesses: readonly (readonly (string | null)[])[]) => void;
  readonly focusName: (index: number) => void;
}

export function createList(size: ImageSize, actions: Actions): List {
  const element = create("ul", "own-classes");
  let rows: readonly ReturnType<typeof createRow>[] = [];
  let shown: Classes = [];

  return {
    element,
    show(classes) {
      if (classes.length !== rows.length) {
        rows = classes.map((_, index) => createRow(index, size, actions));
        element.replaceChildren(...rows.map(({ item }) => item));
        shown = [];
      }
      for (const [index, row] of rows.entries()) {
        const one = classes[index]!;
        if (one !== shown[index]) row.show(one, classes.length > FEWEST);
        else row.remove.hidden = classes.length <= FEWEST;
      }
      shown = classes;
    },
    showWeights(weights, most) {
      for (const [index, { picture, name }] of rows.entries()) {
        const values = weights[index] ?? null;
        const words = values ? say.own.list.weights : say.own.list.noWeights;
        picture.show(size, values ?? [], most, words(name.value));
      }
    },
    showGuesses(guesses) {
      for (const [index, row] of rows.entries()) row.mark(guesses[index] ?? []);
    },
    focusName(index) {
      rows[index]?.name.focus();
      rows[index]?.name.select();
    },
  };
}

function createRow(index: number, size: ImageSize, actions: Actions) {
  const words = say.own.list;
  const name = create("input", "field own-input");
  Object.assign(name, { type: "text", maxLength: LONGEST_NAME, autocomplete: "off", spellcheck: false });
  name.setAttribute("aria-label", words.name(index + 1));
  name.addEventListener("change", () => {
    actions.rename(index, name.value);
  });
  name.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") name.blur(); // which is what finishes a name
  });
  const none = create("p", "explains own-none", words.none);
  const remove = createButton(
    "own-remove",
    () => {
      actions.removeClass(index);
    },
    "×",
  );
  const examples = create("ul", "own-examples");
  const picture = createPixels("weight", "own-weights");
  const group = create(
    "div",
    "own-class",
    picture.figure,
    create("div", "own-head", name, remove),
    create("div", "own-shown", examples, none),
  );
  group.setAttribute("role", "group");

  let buttons: readonly HTMLButtonElement[] = [];
  let label = "";
  const mark = (guesses: readonly (string | null)[]) => {
    for (const [place, button] of buttons.entries()) {
      const guess = guesses[place] ?? null;
      const misread = guess === null ? "" : `${words.misread(guess)} `;
      button.classList.toggle("misread", guess !== null);
      button.setAttribute("aria-label", misread + words.removeExample(place + 1, label));
      button.title = misread + words.remove;
    }
  };

  return {
    item: create("li", "", group),
    name,
    picture,
    remove,
    show(one: OwnClass, isRemovable: boolean) {
      label = one.name;
      name.value = label;
      group.setAttribute("aria-label", label);
      remove.setAttribute("aria-label", words.removeClass(label));
      remove.title = words.removeClass(label);
      remove.hidden = !isRemovable;
      none.hidden = one.examples.length > 0;
      const focused = buttons.findIndex((button) => button === document.activeElement);
      buttons = one.examples.map(({ ink }, place) =>
        createButton(
          "own-example",
          () => {
            actions.removeExample(index, place);
          },
          thumbnail(ink, size),
        ),
      );
      mark([]);
      examples.replaceChildren(...buttons.map((button) => create("li", "", button)));
      // The example that was removed had the focus: the next one gets it, if there is one.
      if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)]?.focus();
    },
    mark,
  };
}

function thumbnail(ink: Uint8Array, { height, width }: ImageSize): HTMLCanvasElement {
  const canvas = Object.assign(create("canvas", "pixels"), { height, width });
  const context = context2d(canvas);
  const paint = () => {
    paintValues(context, fromBytes(ink), inkRamp(), 0);
  };
  onThemeChange(canvas, paint);
  paint();
  return canvas;
}
