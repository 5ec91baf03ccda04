// The pad, and every way of putting something on it. All of them share one drawing.
import { mountKeyboard } from "../pad-keyboard.ts";
import type { Store } from "../state.ts";
import { mountAddress } from "./address.ts";
import { mountImages } from "./images.ts";
import { mountPad } from "./pad.ts";
import { PageDrawing } from "./page-drawing.ts";
import { mountSample } from "./sample.ts";
import { mountTestDigit } from "./test-digit.ts";

export function mountDraw(root: ParentNode, store: Store): void {
  const drawing = new PageDrawing();
  mountPad(root, store, drawing);
  mountKeyboard(root, drawing, () => {
    drawing.endSample();
  });
  mountImages(root, drawing, (note) => {
    store.update({ note });
  });
  mountTestDigit(root, store, drawing);
  mountAddress(store, drawing);
  mountSample(store, drawing);
}
