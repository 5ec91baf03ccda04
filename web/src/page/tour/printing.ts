// Fetches what only paper needs, once the page has nothing else to do: when printing begins, there is no time to wait for it.
import { loadPanelWords } from "../language.ts";
import type { Store } from "../state.ts";

export function preparePrinting(store: Store): void {
  let begun = false;
  store.watch(["model"], ({ model }) => {
    if (begun || !model) return;
    begun = true;
    const idle = (globalThis as Partial<typeof globalThis>).requestIdleCallback; // Safari has none
    const fetchHandout = () => {
      // Without it the page is printed as it is on the screen.
      Promise.all([import("./handout.ts"), loadPanelWords()]).then(
        ([{ followPrinting }]) => {
          followPrinting(store);
        },
        () => undefined,
      );
    };
    if (idle) idle(fetchHandout);
    else setTimeout(fetchHandout, 1000);
  });
}
