// Loading and failure messages, shown in the place of the answer. The pad works meanwhile.
import { find, setText } from "./dom.ts";
import { kilobytes } from "./format.ts";
import { say } from "./language.ts";
import type { Store } from "./state.ts";

export function mountStatus(root: ParentNode, store: Store): void {
  const box = find(root, ".status");
  const text = find(box, ".status-text");
  const progress = find(box, ".status-progress", HTMLProgressElement);
  const title = find(box, ".failure-title");
  const advice = find(box, ".failure-advice");
  const details = find(box, ".failure-details");
  const detail = find(details, "p");
  const retry = find(box, ".retry", HTMLButtonElement);

  store.watch(["status"], ({ status }) => {
    const loading = status.kind === "loading";
    const failed = status.kind === "failed";
    const hadFocus = document.activeElement === retry;
    box.hidden = status.kind === "ready";
    progress.hidden = !loading;
    retry.hidden = !failed;
    setText(title, failed ? status.title : "");
    setText(advice, failed ? status.advice : "");
    setText(detail, failed ? status.detail : "");
    details.hidden = !failed;
    // The text does not change during a download, only the progress bar: nothing is announced repeatedly.
    if (!loading) setText(text, "");
    else if (status.total === 0) {
      setText(text, say.draw.loading);
      progress.removeAttribute("value");
    } else {
      setText(text, say.draw.loadingOf(kilobytes(status.total)));
      progress.value = status.loaded / status.total;
    }
    if (hadFocus && !failed) box.parentElement!.focus(); // the button that had the focus is gone
  });
  retry.addEventListener("click", () => {
    store.update({ retries: store.state.retries + 1 });
  });
}
