// In a frame: tells the page around it how high the content is.
import type { HeightMessage } from "./messages.ts";
import { TYPE } from "./messages.ts";

/** @param element The classifier's element. */
export function reportHeight(element: HTMLElement): void {
  if (parent === window) return;
  const root = document.documentElement;
  const send = (): void => {
    const message: HeightMessage = {
      type: TYPE,
      height: Math.ceil(root.getBoundingClientRect().height),
    };
    parent.postMessage(message, "*"); // to any parent: the height is not a secret
  };
  new ResizeObserver(send).observe(root); // also sends it at once
  // Browsers do not lay out frames far from the window, so the observer is not called there.
  for (const event of ["load", "error"]) element.addEventListener(event, send);
  addEventListener(
    "message",
    ({ source, data }: MessageEvent<{ readonly type?: unknown } | null>) => {
      if (source === parent && data?.type === TYPE) send(); // its frame.js loaded later
    },
  );
}
