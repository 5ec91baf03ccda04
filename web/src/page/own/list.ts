// The visitor's classes: names, examples, weights, their shares of the drawing on the pad, and the
// buttons that change them.
import { create, createButton, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import { largestOf, weightsOf } from "../subject.ts";
import type { ImageSize } from "../../runtime/schema.ts";
import { FEWEST, LONGEST_NAME, type Classes, type OwnClass } from "./classes.ts";
import { fromBytes } from "./preparation.ts";
import type { Learned } from "./training.ts";

interface Actions {
  /** Add the drawing on the pad. */
  readonly add: (index: number) => void;
  readonly rename: (index: number, name: string) => void;
  readonly removeClass: (index: number) => void;
  readonly removeExample: (index: number, place: number) => void;
}

export function createList(size: ImageSize, actions: Actions) {
  const element = create("ul", "own-classes");
  let rows: readonly ReturnType<typeof createRow>[] = [];
  let shown: Classes = [];

  return {
    element,
    show(classes: Classes, learned: Learned | null) {
      if (classes.length !== rows.length) {
        rows = classes.map((_, index) => createRow(index, size, actions));
        element.replaceChildren(...rows.map(({ item }) => item));
        shown = [];
      }
      const { kernel, outputs } = learned?.weights ?? { kernel: new Float32Array(), outputs: 1 };
      const most = largestOf(kernel);
      for (const [index, row] of rows.entries()) {
        const one = classes[index]!;
        if (one !== shown[index]) row.show(one);
        row.remove.hidden = classes.length <= FEWEST;
        const output = learned?.taught.indexOf(one) ?? -1;
        const words = output < 0 ? say.own.list.noWeights : say.own.list.weights;
        row.picture.show(
          size,
          output < 0 ? [] : weightsOf(kernel, outputs, output),
          most,
          words(one.name),
        );
      }
      shown = classes;
    },
    /** @param shares For each class; null for one that the model does not know yet. */
    answer(shares: readonly (number | null)[]) {
      const most = Math.max(...shares.filter((share) => share !== null));
      for (const [index, { answer, fill, value }] of rows.entries()) {
        const share = shares[index] ?? null;
        answer.classList.toggle("winner", share === most);
        fill.style.setProperty("--share", String(share ?? 0));
        setText(value, share === null ? "" : percent(share));
      }
    },
    focusName(index: number) {
      rows[index]?.name.focus();
      rows[index]?.name.select();
    },
  };
}

function createRow(index: number, size: ImageSize, actions: Actions) {
  const words = say.own.list;
  const name = create("input", "own-input");
  Object.assign(name, {
    type: "text",
    maxLength: LONGEST_NAME,
    autocomplete: "off",
    spellcheck: false,
  });
  name.setAttribute("aria-label", words.name(index + 1));
  name.addEventListener("change", () => {
    actions.rename(index, name.value);
  });
  name.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") name.blur(); // which is what finishes a name
  });
  const none = create("p", "explains own-none", words.none);
  const remove = createButton("own-remove", actions.removeClass.bind(null, index), "×");
  const fill = create("span", "bar-fill");
  const [track, value, plus] = [
    create("span", "bar-track", fill),
    create("span", "bar-value"),
    create("span", "own-plus", "+"),
  ];
  const answer = createButton("own-answer", actions.add.bind(null, index), track, value, plus);
  const examples = create("ul", "own-examples");
  const picture = createPixels("weight", "own-weights");
  const group = create(
    "div",
    "own-class",
    picture.figure,
    create("div", "own-head", name, remove),
    answer,
    create("div", "own-shown", examples, none),
  );
  group.setAttribute("role", "group");

  let buttons: readonly HTMLButtonElement[] = [];
  return {
    item: create("li", "", group),
    name,
    picture,
    remove,
    answer,
    fill,
    value,
    show(one: OwnClass) {
      name.value = one.name;
      group.setAttribute("aria-label", one.name);
      remove.setAttribute("aria-label", words.removeClass(one.name));
      // shares are announced when drawing pauses
      answer.setAttribute("aria-label", words.add(one.name));
      none.hidden = one.examples.length > 0;
      const focused = buttons.findIndex((button) => button === document.activeElement);
      buttons = one.examples.map(({ ink }, place) => {
        const [thumbnail, label] = [createPixels("ink"), words.removeExample(place + 1, one.name)];
        thumbnail.show(size, fromBytes(ink), 1, label);
        const button = createButton(
          "own-example",
          actions.removeExample.bind(null, index, place),
          thumbnail.frame,
        );
        button.setAttribute("aria-label", label);
        return button;
      });
      examples.replaceChildren(...buttons.map((button) => create("li", "", button)));
      // The example that was removed had the focus: the next one gets it, if there is one.
      if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)]?.focus();
    },
  };
}
