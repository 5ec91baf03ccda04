// The knobs under the first example: each sets an attribute of the element.
import { styleOf } from "./code-of.ts";

/** @param onTurn Called after the element has changed. */
export function turnKnobs(knobs: HTMLFormElement, element: HTMLElement, onTurn: () => void): void {
  element.style.cssText = styleOf(element); // until its script is there
  knobs.addEventListener("submit", (event) => {
    event.preventDefault();
  });
  knobs.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) turn(element, target);
    element.style.cssText = styleOf(element);
    onTurn();
  });
}

/** An empty value takes the attribute away. */
function turn(element: HTMLElement, knob: HTMLInputElement | HTMLSelectElement): void {
  const { name, value } = knob;
  if (knob instanceof HTMLInputElement && knob.type === "checkbox") element.toggleAttribute(name, knob.checked);
  else if (value === "") element.removeAttribute(name);
  else element.setAttribute(name, value);
  // The element reads the language together with its name and other texts.
  if (name === "lang") element.setAttribute("alt", element.getAttribute("alt") ?? "");
}
