// The pad and all ways of putting something on it. They share one drawing.
import type { Store } from "../state.ts";
import { mountAddress } from "./address.ts";
import { mountCopyLink } from "./copy-link.ts";
import { Drawing } from "./drawing.ts";
import { mountImages } from "./images.ts";
import { mountKeyboard } from "./keyboard.ts";
import { mountPad } from "./pad.ts";
import { mountPointer } from "./pointer.ts";
import { mountTestDigit } from "./test-digit.ts";

export function mountDraw(root: ParentNode, store: Store): void {
  const drawing = new Drawing();
  mountPad(root, store, drawing);
  mountPointer(root, drawing);
  mountKeyboard(root, store, drawing);
  mountImages(root, store, drawing);
  mountTestDigit(root, store, drawing);
  mountAddress(store, drawing);
  mountCopyLink(root, store, drawing);
}
