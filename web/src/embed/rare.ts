// Code for what few visitors do, fetched when they do it: by keyboard, in forms, with images of
// their own, for explanations, on plain http.
import { pointOf } from "../pad/cursor.ts";
import { Keyboard } from "../pad/keyboard.ts";
import type { Control } from "./control.ts";
import { create } from "./dom.ts";
import { Explanation } from "./explanation.ts";
import { FormControl } from "./form.ts";
import type { FormHost, InteractionHost } from "./host.ts";

export { imageOf } from "../pad/image.ts";
export { explainAnswer } from "../runtime/explain.ts";
export { sha256 } from "../runtime/sha256.ts";
export { toPixels } from "./pixels.ts";

export type Rare = ReturnType<typeof rareOf>;

/** An element's own. */
export function rareOf(
  host: InteractionHost,
  element: FormHost,
  internals: ElementInternals | undefined,
  control: Control,
) {
  /** Shown by the style sheet while the canvas has the keyboard focus. */
  const cursor = create("div", "cursor");
  const explanation = new Explanation();
  host.padBox.append(cursor);
  host.pictures.append(explanation.element);
  const keyboard = new Keyboard(host.canvas, host.drawing, (cell, isDown) => {
    const { x, y } = pointOf(cell);
    // not logical: the pad is not mirrored where text runs from right to left
    cursor.style.left = `${100 * x}%`;
    cursor.style.top = `${100 * y}%`;
    cursor.classList.toggle("down", isDown);
  });
  return { keyboard, explanation, form: new FormControl(element, host, internals, control) };
}
