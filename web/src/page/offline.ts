// Makes the page work offline after somebody has drawn on it: registers the service worker then,
// and tells it which model it has run, and which files belong to it. See src/sw/sw.ts.
import type { Model } from "../runtime/types.ts";
import type { Message, Ran } from "../sw/message.ts";
import type { Store } from "./state.ts";

/** Only of a model that is ready: other files may belong to one that was abandoned or refused. */
export const ranBy = ({ url, format }: Pick<Model, "url" | "format">): Ran => ({
  manifest: url,
  files: format.files.map(({ path }) => new URL(path, url).href),
  read: performance.getEntriesByType("resource").map(({ name }) => name),
});

export function followOffline(store: Store): void {
  // Despite the types, it is missing on plain http. In development there is no built worker.
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (!workers || !import.meta.env.PROD) return;

  async function keep(workers: ServiceWorkerContainer, model: Model): Promise<void> {
    await workers.register(new URL("sw.js", document.baseURI), { updateViaCache: "none" });
    const { active } = await workers.ready;
    active?.postMessage({ ran: ranBy(model) } satisfies Message);
  }

  let done: Model | null = null;
  store.watch(["model", "ink", "drawing"], ({ model, ink, drawing, sample }) => {
    // now, or on an earlier visit
    const hasDrawn = workers.controller !== null || (ink !== null && !drawing && !sample);
    if (!model || model === done || !hasDrawn || savesData()) return;
    done = model;
    // If it is refused (a private window, a full disk) the page still works online.
    // not while somebody draws
    setTimeout(() => void keep(workers, model).catch(() => undefined), 1000);
  });
}

/** The visitor has asked for as few bytes as possible. Only some browsers tell. */
const savesData = (): boolean =>
  (navigator as { readonly connection?: { readonly saveData?: boolean } }).connection?.saveData ===
  true;
