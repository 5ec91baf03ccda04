// frame.html: the element with a model of this site, for an <iframe> on another page. Sends its
// height to that page.
import { addressOf } from "./address.ts";
import { reportHeight } from "./height.ts";
import "./page.css";

/** Attributes of the element that the query may set, in addition to those that name the model. */
const ATTRIBUTES = ["alt", "explain", "format", "labels", "texts"] as const;

const root = document.documentElement;
const query = new URLSearchParams(location.search);
const element = document.querySelector("sketch-classifier")!;

for (const name of ATTRIBUTES) {
  const value = query.get(name);
  if (value !== null) element.setAttribute(name, value);
}
const theme = query.get("theme");
if (theme === "light" || theme === "dark") root.classList.add(theme);
root.lang = query.get("lang") ?? root.lang;

try {
  const here = new URL(".", location.href).href;
  element.src = addressOf(query, here);
  void import(/* @vite-ignore */ `${here}embed.js`); // not before: it warns of an element without src
} catch (error) {
  document.body.replaceChildren(error instanceof Error ? error.message : String(error));
}

reportHeight(element);
