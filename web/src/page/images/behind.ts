// The strongest training images for and against a class, with what each adds to its score, and what all the others add.
import type { Prediction } from "../../runtime/types.ts";
import { create, createHeader, createSvg, setText } from "../dom.ts";
import { fixed, signed, tiny, whole } from "../format.ts";
import { say } from "../language.ts";
import { outlineOf } from "../outline.ts";
import { createPixels } from "../pixels.ts";
import type { Influences } from "../records.ts";
import { largestOf, type Subject } from "../subject.ts";
import { overlapsOf, summandsOf, type Summand } from "./summands.ts";

/** Two rows of four on a phone, one row on a desk. */
const LISTED = 8;

/** As a fraction of the largest input value: where the edge of a stroke is. */
const EDGE = 0.4;

export interface Behind {
  readonly element: HTMLElement;
  /** @param shown Index of the class whose score is taken apart. */
  readonly show: (prediction: Prediction | null, shown: number | null) => void;
}

interface List {
  readonly element: HTMLElement;
  readonly show: (
    title: string,
    summands: readonly Summand[],
    overlaps: Float64Array,
    shown: number,
    d: string,
  ) => void;
}

export function createBehind(subject: Subject, influences: Influences, pictures: readonly Float32Array[]): Behind {
  const words = say.images;
  const { image, labels, factor } = subject;
  const { images, training_images: all } = influences;
  const shownCount = images.length;
  const blank = create("p", "empty", words.blank);
  const lists = [createList("for"), createList("against")] as const;
  const caption = create("caption", "");
  const rows = ["up", "down", "others", "total"].map((name) => {
    const [head, cell] = [createHeader("row"), create("td", `images-${name}`)];
    return { row: create("tr", name === "total" ? "strong total" : "", head, cell), head, cell };
  });
  const table = create("table", "", caption, create("tbody", "", ...rows.map(({ row }) => row)));
  const share = create("p", "images-share");
  const exact = words.exact(whole(influences.test_images), tiny(influences.largest_difference));
  const ledger = create("div", "images-ledger", table, share, create("p", "note", exact));
  const content = create("div", "images-content", ...lists.map(({ element }) => element), ledger);

  function createList(className: "for" | "against"): List {
    const heading = create("h3", "");
    const none = create("p", "note", words.none);
    const items = Array.from({ length: LISTED }, () => {
      const picture = createPixels("ink");
      const outline = createSvg("path", {});
      const viewBox = `0 0 ${image.width} ${image.height}`;
      picture.frame.append(createSvg("svg", { viewBox, class: "outline", "aria-hidden": "true" }, outline));
      const [value, label, product] = [create("b", className), create("span", ""), create("span", "")];
      picture.caption.append(value, label, product);
      return { item: create("li", "", picture.figure), picture, outline, value, label, product };
    });
    const list = create("ol", "images-list", ...items.map(({ item }) => item));
    return {
      element: create("div", `images-side ${className}-side`, heading, none, list),
      show(title, summands, overlaps, shown, d) {
        setText(heading, title);
        none.hidden = summands.length > 0;
        for (const [at, { item, picture, outline, value, label, product }] of items.entries()) {
          const summand = summands[at];
          item.hidden = summand === undefined;
          if (!summand) continue;
          const { index, label: truth, pushes } = images[summand.place]!;
          const written = labels[truth] ?? "";
          picture.show(image, pictures[summand.place] ?? [], 1, words.image(whole(index), written));
          outline.setAttribute("d", d);
          setText(value, signed(summand.value));
          setText(label, words.label(written));
          setText(product, `${signed(pushes[shown]!, 3)}\u2009×\u2009${fixed(overlaps[summand.place]!, 0)}`);
        }
      },
    };
  }

  return {
    element: create("div", "", blank, content),
    show(prediction, shown) {
      const score = shown === null ? undefined : prediction?.logits?.[shown];
      blank.hidden = score !== undefined;
      content.hidden = score === undefined;
      if (!prediction || shown === null || score === undefined) return;
      const { input } = prediction;
      const label = labels[shown] ?? "";
      const overlaps = overlapsOf(pictures, input, factor);
      const { strongestFor, strongestAgainst, up, down } = summandsOf(images, overlaps, shown, LISTED);
      const d = outlineOf(input, image.width, image.height, EDGE * largestOf(input));
      lists[0].show(words.for(label), strongestFor, overlaps, shown, d);
      lists[1].show(words.against(label), strongestAgainst, overlaps, shown, d);
      const part = up.sum + down.sum;
      const numbers = [
        [words.up(whole(up.count)), up.sum],
        [words.down(whole(down.count)), down.sum],
        [words.others(whole(all - shownCount)), score - part],
        [words.score(label), score],
      ] as const;
      setText(caption, words.sum(label));
      for (const [at, [name, value]] of numbers.entries()) {
        setText(rows[at]!.head, name);
        setText(rows[at]!.cell, signed(value));
      }
      setText(share, words.share(whole(shownCount), whole(all), signed(part), signed(score)));
    },
  };
}
