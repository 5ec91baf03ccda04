// The figure: the picture with the pixels that flip the answer, and why it is this answer and not another.
import { create, createButton, createHeader, rich, setText } from "../dom.ts";
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
  const shares = createShares(labels);
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
  const why = create("div", "mind-why", title, votes.figure, key, shares.element);
  const side = create("div", "stack mind-side", why, create("div", "buttons", erase, undo));

  /** Says what a pixel does, or what all the marked ones do. */
  function describe(pixel: number | null): string {
    if (!shown) return message;
    const { scene, answer, goal, change, erased, picture } = shown;
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
    return `${words.flips(count, ours, change.pixels.length ? "marked" : "erased")}${isLeast ? ` ${words.fewest}` : ""}`;
  }

  return {
    element: create("div", "stack mind-figure", grid.element, side),
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
      key.replaceChildren(says("for", words.blue, ours), " ", says("against", words.orange, theirs));
      shares.show(view);
    },
    /** Mark the class that all stops show. */
    mark(index: number | null) {
      shares.mark(index);
    },
  };
}

/** Before and after, for the three classes concerned. */
function createShares(labels: readonly string[]) {
  const words = say.mind;
  let classes: readonly number[] = [];
  const rows = labels.slice(0, 3).map(() => {
    const header = createHeader("row");
    const cells = ["before", "after"].map((className) => {
      const [fill, value] = [create("span", "bar-fill"), create("span", "number")];
      const track = create("span", "bar-track", fill);
      return { fill, value, cell: create("td", className, create("div", "", track, value)) };
    });
    return { header, cells, row: create("tr", "", header, ...cells.map(({ cell }) => cell)) };
  });
  const after = createHeader("col");
  const head = create("tr", "", create("td", ""), createHeader("col", words.before), after);
  const element = create(
    "table",
    "mind-shares",
    create("caption", "unseen", words.shares),
    create("thead", "", head),
    create("tbody", "", ...rows.map(({ row }) => row)),
  );
  element.style.setProperty("--label-width", `${Math.min(12, Math.max(...labels.map(({ length }) => length)))}ch`);
  return {
    element,
    show({ before, after: then, change, erased, classes: concerned }: View) {
      classes = concerned;
      setText(after, words.without(change.pixels.length + erased.length));
      for (const [place, { header, cells }] of rows.entries()) {
        const index = classes[place]!;
        setText(header, labels[index]!);
        for (const [which, { fill, value }] of cells.entries()) {
          const share = [before, then][which]![index]!;
          fill.style.setProperty("--share", String(share));
          setText(value, percent(share, 0));
        }
      }
    },
    mark(index: number | null) {
      for (const [place, { row }] of rows.entries()) row.classList.toggle("shown", classes[place] === index);
    },
  };
}
