// frame.html: the element for one model of this site, for an <iframe> on another page, which it tells its height.
import { addressOf } from "./address.ts";
import type { HeightMessage } from "./messages.ts";
import { TYPE } from "./messages.ts";
import "./page.css";

/** Attributes of the element that the query may set, besides the model. */
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
  element.src = addressOf(query, new URL(".", location.href).href);
} catch (error) {
  element.replaceWith(error instanceof Error ? error.message : String(error));
}

function tell(): void {
  const message: HeightMessage = { type: TYPE, height: Math.ceil(root.getBoundingClientRect().height) };
  parent.postMessage(message, "*"); // to any page: a height is not a secret
}

if (parent !== window) {
  new ResizeObserver(tell).observe(root); // reports the current height at once
  // Browsers do not lay out frames that are far from the window, so nothing is observed there.
  for (const event of ["load", "error"]) element.addEventListener(event, tell);
  addEventListener("message", ({ source, data }: MessageEvent<{ readonly type?: unknown } | null>) => {
    if (source === parent && data?.type === TYPE) tell(); // its frame.js came later
  });
}
