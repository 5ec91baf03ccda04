// A notebook on a page of its own, as Observable's runtime shows it: each cell's value, one below the other.
import { Runtime } from "@observablehq/runtime";
import { Library } from "@observablehq/stdlib";
import { define } from "notebook"; // which examples.test.ts makes of the cells

const place = document.querySelector("#app");

const observer = () => {
  const shown = place.appendChild(document.createElement("div"));
  return {
    fulfilled: (value) => shown.replaceChildren(value),
    rejected: (error) => console.error(error),
  };
};
new Runtime(new Library()).module(define, observer);
