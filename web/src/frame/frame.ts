// The published module frame.js, for pages with the element in an <iframe>: makes the frame as high
// as its content.
import { TYPE, type HeightMessage } from "./messages.ts";

/** CSS pixels. The element is never this high. */
const LIMIT = 10_000;

const { origin } = new URL(import.meta.url);

/**
 * Those with this module's own frame.html, and with the element in `srcdoc`. They may come and go.
 */
function frames(): readonly HTMLIFrameElement[] {
  return [...document.querySelectorAll("iframe")].filter(({ src, srcdoc }) => {
    const url = URL.canParse(src) ? new URL(src) : null;
    return (
      (url?.origin === origin && url.pathname.endsWith("/frame.html")) || srcdoc.includes(TYPE)
    );
  });
}

addEventListener("message", ({ source, data }: MessageEvent<Partial<HeightMessage> | null>) => {
  const height = Number(data?.height);
  if (data?.type !== TYPE || !(height > 0 && height < LIMIT)) return;
  // Not identified by origin, which a sandboxed frame does not have. A frame can only change its
  // own height.
  for (const frame of frames().filter(({ contentWindow }) => contentWindow === source)) {
    const { boxSizing } = getComputedStyle(frame);
    const border = boxSizing === "border-box" ? frame.offsetHeight - frame.clientHeight : 0;
    frame.style.height = `${height + border}px`;
  }
});

// A frame that loaded before this module has sent its height to nobody: ask for it.
for (const { contentWindow } of frames()) contentWindow?.postMessage({ type: TYPE }, "*");
