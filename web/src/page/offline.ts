// Works without a connection after the first visit: registers the service worker once the page runs, and tells it which
// files of models it has run. See src/sw/sw.ts.
import type { Store } from "./state.ts";

export function followOffline(store: Store): void {
  // Missing on plain http, whatever the types say, and in development there is no built worker.
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (!workers || !import.meta.env.PROD) return;

  async function keep(workers: ServiceWorkerContainer): Promise<void> {
    await workers.register(new URL("sw.js", document.baseURI), { updateViaCache: "none" });
    const { active } = await workers.ready;
    active?.postMessage({ keep: performance.getEntriesByType("resource").map(({ name }) => name) });
  }

  store.watch(["model"], ({ model }) => {
    // Where it is refused (a private window, a full disk) the page works as before, with a connection.
    if (model) keep(workers).catch(() => undefined);
  });
}
