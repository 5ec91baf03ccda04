// A row of buttons, one for each class.
import { createButton } from "./dom.ts";
import { rove } from "./roving.ts";

/**
 * Fill `group` with a button for each label. They are one stop of the Tab key. `mark` the pressed
 * one, and the one shown.
 */
export function fillChoices(
  group: HTMLElement,
  labels: readonly string[],
  onChoose: (index: number) => void,
) {
  const buttons = labels.map((label, index) =>
    createButton("choice", onChoose.bind(null, index), label),
  );
  group.replaceChildren(...buttons);
  rove(group);
  return {
    buttons,
    mark(pressed: number | null, shown: number | null = null) {
      for (const [index, button] of buttons.entries()) {
        button.setAttribute("aria-pressed", String(index === pressed));
        button.classList.toggle("shown", index === shown);
      }
    },
  };
}
