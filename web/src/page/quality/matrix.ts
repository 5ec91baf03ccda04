// The confusion matrix, and the test images of its most frequent mistakes.
import type { Evaluation } from "../../runtime/schema.ts";
import { create, createButton, createHeader } from "../dom.ts";
import { hasFile } from "../files.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import { scroller } from "../tables.ts";
import { mistakesOf, showGallery } from "./gallery.ts";
import type { EvaluationPart } from "./part.ts";

const FREQUENT = 12; // mix-ups offered as buttons
const SIDE_BY_SIDE = 12; // up to so many classes, the images fit beside the matrix

/** All mix-ups that occurred, cells off the diagonal, most frequent first. */
export const mixUps = (confusion: Evaluation["confusion"]) =>
  confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);

/**
 * How strongly a cell is coloured, 0..1: the square root, since most mistakes are rare and would
 * otherwise be invisible.
 */
export function heat(count: number, inRow: number, mostOfAnyRow: number): number {
  return inRow === 0 || mostOfAnyRow === 0 ? 0 : Math.sqrt(count / inRow / mostOfAnyRow);
}

function matrixTable(
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
): HTMLElement {
  const words = say.quality.matrix;
  const sums = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const wrong = confusion.map((row, label) =>
    row.map((count, predicted) => (predicted === label ? 0 : count)),
  );
  const most = Math.max(
    ...wrong.flatMap((row, label) => row.map((count) => count / Math.max(1, sums[label] ?? 0))),
  );
  const rows = confusion.map((row, label) => {
    const cells = row.map((count, predicted) => {
      const kind = label === predicted ? "right-answer" : count === 0 ? "none" : "mix-up";
      const cell = create("td", kind, String(count)); // no thousands separator, for lack of room
      cell.style.setProperty(
        "--heat",
        String(heat(wrong[label]?.[predicted] ?? 0, sums[label] ?? 0, most)),
      );
      return cell;
    });
    return create("tr", "", createHeader("row", labels[label] ?? ""), ...cells);
  });
  const top = create("th", "", words.corner);
  top.scope = "colgroup";
  top.colSpan = labels.length + 1;
  const columns = labels.map((label) => createHeader("col", create("span", "", label)));
  const longest = Math.max(...labels.map((label) => label.length));
  const table = create(
    "table",
    `matrix${longest > 3 ? " long" : ""}`,
    create("caption", "unseen", words.caption),
    create("thead", "", create("tr", "", top), create("tr", "", create("td", ""), ...columns)),
    create("tbody", "", ...rows),
  );
  const digits = Math.max(...confusion.flat().map((count) => String(count).length));
  for (const [name, value] of Object.entries({ classes: labels.length, longest, digits })) {
    table.style.setProperty(`--${name}`, String(value));
  }
  return scroller(words.title, table);
}

export const matrix: EvaluationPart = (model, { confusion, mistakes }) => {
  const { labels } = model;
  const words = say.quality.matrix;
  const all = mixUps(confusion);
  const total = all.reduce((sum, { count }) => sum + count, 0);
  const content = [
    create("p", "explains", words.explains(whole(total))),
    matrixTable(labels, confusion),
  ];
  if (!hasFile(model, "mistake_images") || all.length === 0) return content;
  const images = create("div", "gallery");
  const buttons = all.slice(0, FREQUENT).map(({ label, predicted, count }) => {
    const taken = words.taken(labels[label] ?? "", labels[predicted] ?? "");
    const press = () => {
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      const found = mistakesOf(mistakes, label, predicted);
      showGallery(images, model, words.found(found.length, whole(found.length), taken), found);
    };
    const button = createButton("action", press, `${taken} `, create("small", "", whole(count)));
    button.setAttribute("aria-pressed", "false");
    return button;
  });
  const frequent = create(
    "ul",
    "frequent buttons",
    ...buttons.map((button) => create("li", "", button)),
  );
  const title = create("h3", "", words.frequent);
  const beside = create(
    "div",
    "stack beside-matrix",
    title,
    create("p", "explains", words.choose),
    frequent,
    images,
  );
  const isWide = labels.length > SIDE_BY_SIDE;
  return [
    create(
      "div",
      `stack ${isWide ? "" : "matrix-and-images"}`,
      create("div", "", ...content),
      beside,
    ),
  ];
};
