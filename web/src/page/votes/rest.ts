// When the products fall: when the visitor presses a button, or has drawn or chosen something else and rests.
import { createButton } from "../dom.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import type { Fall } from "./fall.ts";
import type { View } from "./view.ts";

/** As long as it takes until an answer is announced. */
const REST_MS = 700;

/** @param bars Nothing falls on its own while they are out of sight. */
export function followRest(store: Store, bars: HTMLElement, fall: Fall, start: () => void) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0;
  let isInView = false;
  let isDue = false; // as soon as the bars are in view
  let before: Pick<View, "explanation" | "shown"> | null = null;
  let picked: number | null = null;

  const begin = () => {
    isDue = false;
    start();
  };
  const rest = () => {
    timer = window.setTimeout(() => {
      if (store.state.drawing) rest();
      else if (isInView) begin();
      else isDue = true;
    }, REST_MS);
  };
  new IntersectionObserver(
    (entries) => {
      isInView = entries.at(-1)?.isIntersecting === true;
      if (isInView && isDue) begin();
    },
    { threshold: 0.5 },
  ).observe(bars);
  const button = createButton("action fall-again", begin, say.why.fall);

  return {
    button,
    /** To be called whenever another view is shown. */
    changed(view: View) {
      button.hidden = calm.matches || view.source === "empty";
      const isOther = view.explanation !== before?.explanation;
      if (isOther || view.shown !== before?.shown) fall.stop();
      if (isOther || store.state.picked !== picked) {
        clearTimeout(timer);
        isDue = false;
        if (!button.hidden) rest();
      }
      before = view;
      picked = store.state.picked;
    },
  };
}
