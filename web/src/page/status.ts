// Loading and failure messages, shown in the place of the answer. The pad works meanwhile.
import { find, setText } from "./dom.ts";
import { kilobytes } from "./format.ts";
import { say } from "./language.ts";
import { failureBox } from "./loading.ts";
import type { Store } from "./state.ts";

export function mountStatus(root: ParentNode, store: Store): void {
  const box = find(root, ".status");
  const text = find(box, ".status-text");
  const progress = find(box, ".status-progress", HTMLProgressElement);
  const alert = find(box, "[role='alert']");
  const retry = () => {
    store.update({ retries: store.state.retries + 1 });
  };

  store.watch(["status"], ({ status }) => {
    const loading = status.kind === "loading";
    const hadFocus = alert.contains(document.activeElement);
    box.hidden = status.kind === "ready";
    progress.hidden = !loading;
    alert.replaceChildren();
    if (status.kind === "failed")
      alert.append(failureBox(`${status.title}. ${status.advice}`, status.detail, retry));
    // The text does not change during a download, only the progress bar: nothing is announced
    // repeatedly.
    if (!loading) setText(text, "");
    else if (status.total === 0) {
      setText(text, say.draw.loading);
      progress.removeAttribute("value");
    } else {
      setText(text, say.draw.loadingOf(kilobytes(status.total)));
      progress.value = status.loaded / status.total;
    }
    if (hadFocus) box.parentElement!.focus(); // the button that had the focus is gone
  });
}
