// The published module frame.js, for pages that embed frame.html in an <iframe>: fits the frame's height to its
// content.
import { TYPE, type HeightMessage } from "./messages.ts";

/** In CSS pixels: more than the element's height ever is. */
const LIMIT = 10_000;

const { origin } = new URL(import.meta.url);

/** The frames of this module's own site; they may come and go. */
function frames(): readonly HTMLIFrameElement[] {
  return [...document.querySelectorAll("iframe")].filter(({ src }) => {
    const url = URL.canParse(src) ? new URL(src) : null;
    return url?.origin === origin && url.pathname.endsWith("/frame.html");
  });
}

addEventListener("message", ({ source, data }: MessageEvent<Partial<HeightMessage> | null>) => {
  const height = Number(data?.height);
  if (data?.type !== TYPE || !(height > 0 && height < LIMIT)) return;
  // Not by the message's origin: a sandboxed frame has none. A frame changes its own height, never another's.
  for (const frame of frames().filter(({ contentWindow }) => contentWindow === source)) {
    const { boxSizing } = getComputedStyle(frame);
    const border = boxSizing === "border-box" ? frame.offsetHeight - frame.clientHeight : 0;
    frame.style.height = `${height + border}px`;
  }
});

// A frame that loaded before this module has reported its height to nobody.
for (const { contentWindow } of frames()) contentWindow?.postMessage({ type: TYPE }, "*");
