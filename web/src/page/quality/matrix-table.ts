// The confusion matrix as a table. Its cells are buttons if they are large enough for the pointer in use. The arrow keys move
// between them, so that the Tab key stops here only once, not ninety times.
import { ARROWS, create, createHeader } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import { scroller } from "../tables.ts";

export interface Cell {
  readonly label: number;
  /** Null: the whole row. */
  readonly predicted: number | null;
}

const FINGER = 44; // CSS pixels: the smallest touch target
const LARGEST = 50;

/** Side of a cell in CSS pixels: all cells fit into `room` if the widest number allows it, else they have the minimum size. */
export function cellSide(room: number, classes: number, longestNumber: number, header: number): number {
  const least = Math.max(24, 6.25 * longestNumber); // the width of a digit in the smallest font in quality.css
  const gaps = classes + 2; // of 1 px, as in quality.css
  return Math.max(Math.ceil(least), Math.min(LARGEST, Math.floor((room - header - gaps) / classes)));
}

/** How strongly a cell is coloured, 0..1: the square root, since most mistakes are rare and would otherwise be invisible. */
export function heat(count: number, inRow: number, mostOfAnyRow: number): number {
  return inRow === 0 || mostOfAnyRow === 0 ? 0 : Math.sqrt(count / inRow / mostOfAnyRow);
}

/** @param open Called with the chosen cell; null if cells cannot be opened. */
export function matrixTable(
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
  open: ((cell: Cell) => void) | null,
) {
  const words = say.quality.matrix;
  const sums = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const shares = confusion.flatMap((row, label) =>
    row.map((count, predicted) => (predicted === label ? 0 : count / Math.max(1, sums[label] ?? 0))),
  );
  const most = Math.max(...shares);
  const longest = Math.max(...confusion.flat().map((count) => String(count).length));
  const longLabels = labels.some((label) => label.length > 3);
  const cells: { readonly td: HTMLTableCellElement; readonly label: number; readonly predicted: number }[] = [];

  const rows = confusion.map((row, label) => {
    const tds = row.map((count, predicted) => {
      const td = create("td", "", String(count)); // no thousands separator, for lack of room
      if (label === predicted) td.className = "right-answer";
      else if (count === 0) td.className = "none";
      else {
        td.className = "mix-up";
        td.style.setProperty("--heat", String(heat(count, sums[label] ?? 0, most)));
        cells.push({ td, label, predicted });
      }
      return td;
    });
    return create("tr", "", createHeader("row", labels[label] ?? ""), ...tds);
  });
  const top = create("th", "", words.corner);
  top.scope = "colgroup";
  top.colSpan = labels.length + 1;
  const columns = labels.map((label) => createHeader("col", create("span", "", label)));
  const table = create(
    "table",
    `matrix${longLabels ? " long" : ""}`,
    create("caption", "unseen", words.caption),
    create("thead", "", create("tr", "", top), create("tr", "", create("td", ""), ...columns)),
    create("tbody", "", ...rows),
  );
  const region = scroller(words.title, table);

  const buttonOf = (td: HTMLElement) => td.querySelector("button");
  function toButton({ td, label, predicted }: (typeof cells)[number]): void {
    const button = create("button", "", td.textContent);
    button.type = "button";
    button.tabIndex = -1;
    const count = confusion[label]?.[predicted] ?? 0;
    button.setAttribute(
      "aria-label",
      words.cell(whole(count), words.taken(labels[label] ?? "", labels[predicted] ?? "")),
    );
    td.replaceChildren(button);
  }
  /** Only this cell can be reached with the Tab key. */
  function makeStop(stop: HTMLElement | undefined): void {
    for (const { td } of cells) {
      const button = buttonOf(td);
      if (button) button.tabIndex = td === stop ? 0 : -1;
    }
  }

  function fit(): void {
    const header = rows[0]?.firstElementChild?.getBoundingClientRect().width ?? 0;
    const side = cellSide(region.clientWidth, labels.length, longest, Math.ceil(header));
    table.style.setProperty("--cell", `${side}px`);
    const precise = matchMedia("(min-width: 45em) and (not (any-pointer: coarse))").matches;
    const asButtons = open !== null && (side >= FINGER || precise);
    if (asButtons === (cells[0] && buttonOf(cells[0].td) !== null)) return;
    for (const cell of cells) {
      if (asButtons) toButton(cell);
      else cell.td.replaceChildren(cell.td.textContent);
    }
    makeStop(cells[0]?.td);
  }
  // In the next frame: a ResizeObserver must not cause another resize.
  const later = () => requestAnimationFrame(fit);
  if (cells.length > 0) new ResizeObserver(later).observe(region);

  table.addEventListener("click", ({ target }) => {
    const cell = cells.find(({ td }) => target instanceof Node && td.contains(target));
    if (!cell || !open) return;
    open(cell);
    makeStop(cell.td);
  });
  table.addEventListener("keydown", (event) => {
    const [down, right] = ARROWS[event.key] ?? [0, 0];
    const from = cells.find(({ td }) => td.contains(document.activeElement));
    if (!from || (down === 0 && right === 0)) return;
    event.preventDefault(); // the region would scroll
    // The nearest cell in that direction that can be opened, skipping the diagonal and zeros.
    let [row, column] = [from.label + down, from.predicted + right];
    for (; confusion[row]?.[column] !== undefined; row += down, column += right) {
      const next = cells.find(({ label, predicted }) => label === row && predicted === column);
      if (!next) continue;
      makeStop(next.td);
      buttonOf(next.td)?.focus();
      return;
    }
  });

  return {
    element: region,
    /** The open cell. */
    mark({ label, predicted }: Cell) {
      for (const cell of cells) {
        const isOpen = cell.label === label && (predicted === null || cell.predicted === predicted);
        cell.td.classList.toggle("open", isOpen);
        buttonOf(cell.td)?.setAttribute("aria-pressed", String(isOpen));
      }
    },
  };
}
