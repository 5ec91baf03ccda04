// A row of buttons, one for each class.
import { create } from "./dom.ts";

export interface Choices {
  /** Mark the pressed button, and the one whose class is shown; null for none. */
  readonly mark: (pressed: number | null, shown?: number | null) => void;
}

/**
 * Fill `group` with a button for each label.
 *
 * @param onPoint Called when a button is hovered or focused, and with null when that ends.
 */
export function fillChoices(
  group: HTMLElement,
  labels: readonly string[],
  onChoose: (index: number) => void,
  onPoint: (index: number | null, before: number) => void = () => undefined,
): Choices {
  const buttons = labels.map((label, index) => {
    const button = create("button", "choice", label);
    button.type = "button";
    button.addEventListener("click", () => {
      onChoose(index);
    });
    for (const [event, pointed] of [
      ["pointerenter", index],
      ["focus", index],
      ["pointerleave", null],
      ["blur", null],
    ] as const) {
      button.addEventListener(event, () => {
        onPoint(pointed, index);
      });
    }
    return button;
  });
  group.replaceChildren(...buttons);
  return {
    mark(pressed, shown = null) {
      for (const [index, button] of buttons.entries()) {
        button.setAttribute("aria-pressed", String(index === pressed));
        button.classList.toggle("shown", index === shown);
      }
    },
  };
}
