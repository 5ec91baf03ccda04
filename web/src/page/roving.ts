// Ten buttons, one for each class, are one stop of the Tab key: arrow keys move between them.
import { ARROWS } from "./dom.ts";

type Box = Pick<DOMRect, "left" | "right" | "top" | "bottom">;

/**
 * Which button an arrow key leads to: the nearest one in its direction, as the buttons lie on the screen, else the next or the
 * last one in their order; null at either end, and for other keys.
 *
 * @param from Index of the button that has the focus.
 */
export function neighbour(boxes: readonly Box[], from: number, key: string, isRtl = false): number | null {
  if (key === "Home") return 0;
  if (key === "End") return boxes.length - 1;
  const arrow = Object.hasOwn(ARROWS, key) ? ARROWS[key] : undefined;
  const here = boxes[from];
  if (!arrow || !here) return null;
  const [down, right] = arrow;
  let [nearest, least]: [number | null, number] = [null, Infinity];
  for (const [index, box] of boxes.entries()) {
    // Beside this button for a horizontal arrow, above or below it for a vertical one.
    const overlaps = down === 0 ? overlap(here, box, "top", "bottom") : overlap(here, box, "left", "right");
    const distance = right * (box.left - here.left) + down * (box.top - here.top);
    if (overlaps && distance > 0 && distance < least) [nearest, least] = [index, distance];
  }
  if (nearest !== null) return nearest;
  const next = from + (down || (isRtl ? -right : right));
  return next in boxes ? next : null;
}

const overlap = (a: Box, b: Box, start: "left" | "top", end: "right" | "bottom") =>
  Math.min(a[end], b[end]) - Math.max(a[start], b[start]) > (a[end] - a[start]) / 2;

const groups = new WeakSet<HTMLElement>();

/**
 * Make the buttons in `group` one stop of the Tab key: the pressed one, or the first one; later the one that was last focused.
 * Call it again after the group was filled again:
 *
 *     list.replaceChildren(...buttons);
 *     rove(list);
 */
export function rove(group: HTMLElement): void {
  const buttons = () => [...group.querySelectorAll<HTMLButtonElement>("button")];
  const stopAt = (stop: HTMLButtonElement | undefined) => {
    for (const button of buttons()) button.tabIndex = button === stop ? 0 : -1;
  };
  stopAt(buttons().find((button) => button.getAttribute("aria-pressed") === "true") ?? buttons()[0]);
  if (groups.has(group)) return;
  groups.add(group);
  group.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLButtonElement) stopAt(target);
  });
  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const all = buttons();
    const from = all.indexOf(document.activeElement as HTMLButtonElement);
    const boxes = all.map((button) => button.getBoundingClientRect());
    const to = neighbour(boxes, from, event.key, getComputedStyle(group).direction === "rtl");
    if (to === null) return;
    event.preventDefault(); // the page does not scroll
    all[to]?.focus();
  });
}
