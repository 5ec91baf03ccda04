// The pad, and every way of putting something on it. All of them share one drawing.
import { Drawing } from "../../pad/drawing.ts";
import { mountKeyboard } from "../pad-keyboard.ts";
import type { Store } from "../state.ts";
import { mountAddress, type PageDrawing } from "./address.ts";
import { mountCopyLink } from "./copy-link.ts";
import { mountImages } from "./images.ts";
import { mountPad } from "./pad.ts";
import { mountTestDigit } from "./test-digit.ts";

export function mountDraw(root: ParentNode, store: Store): void {
  const drawing: PageDrawing = new Drawing();
  mountPad(root, store, drawing);
  mountKeyboard(root, drawing);
  mountImages(root, store, drawing);
  mountTestDigit(root, store, drawing);
  mountAddress(store, drawing);
  mountCopyLink(root, store, drawing);
}
