// Puts a test image on the pad and goes there.
import { anchor, belowNav } from "./scroll-anchor.ts";
import type { Placed, Store } from "./state.ts";

const MARGIN = 8; // CSS pixels above the pad

export function sendToPad(store: Store, placed: Placed): void {
  store.update({ placed });
  const pad = document.querySelector<HTMLElement>(".pad");
  if (pad) anchor(pad, () => belowNav() + MARGIN); // at once: it is far away, and panels in between may move meanwhile
  // The answer has changed: it gets the focus, so that a screen reader continues there.
  document.querySelector<HTMLElement>(".answer")?.focus({ preventScroll: true });
}
