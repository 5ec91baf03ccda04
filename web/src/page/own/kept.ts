// Where the classes are kept: in the tab's own storage until it is closed, so that a reload loses
// nothing, and in links.
import { Drawing } from "../../pad/drawing.ts";
import { createPad, pixelsOf } from "../../pad/pad.ts";
import { create } from "../dom.ts";
import type { Classes, Example } from "./classes.ts";
import { decodeClasses, encodeClasses, type Decoded } from "./link.ts";
import { exampleOf, toBytes, toPicture, type Preparation } from "./preparation.ts";

const KEY = "own-classes";
/** In the page's address, before the classes. */
export const FRAGMENT = "#own=";

/** @returns True if they are kept: a browser may have no room, or none for this site. */
export function keep(classes: Classes): boolean {
  try {
    sessionStorage.setItem(KEY, encodeClasses(classes));
    return true;
  } catch {
    return false;
  }
}

/**
 * The text of the classes that this tab keeps, and of those in the address; null if there are none.
 */
export function keptText(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
export const linkedText = (): string | null =>
  location.hash.startsWith(FRAGMENT) ? location.hash.slice(FRAGMENT.length) : null;

/**
 * From here on the tab's storage has them: a reload must bring back what becomes of them, not the
 * link.
 */
export function dropLink(): void {
  history.replaceState(
    history.state,
    "",
    location.pathname + location.search + FRAGMENT.slice(0, -1),
  );
}

/**
 * The classes of a text, with their pictures as they are prepared now. Null if it cannot be read.
 */
export async function readClasses(text: string, preparation: Preparation): Promise<Classes | null> {
  const { height, width } = preparation.size;
  const decoded = decodeClasses(text, height * width);
  if (!decoded) return null;
  const drawing = new Drawing();
  const pad = createPad(create("canvas", ""), drawing);
  const read = (example: Decoded): Example | null => {
    if (example instanceof Uint8Array) return exampleOf(example, null, preparation);
    drawing.replace(example);
    const picture = pad.ink && toPicture(pixelsOf(pad.ink), preparation);
    return picture && exampleOf(toBytes(picture), example, preparation);
  };
  const classes = [];
  for (const { name, examples } of decoded) {
    const found = examples.map(read).filter((example) => example !== null);
    if (found.length < examples.length) return null;
    classes.push({ name, examples: found });
    await new Promise(requestAnimationFrame); // the page goes on drawing
  }
  return classes;
}
