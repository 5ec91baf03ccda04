// Lists the published models and loads the chosen one. Sets `entries`, `chosen`, `model` and
// `status`.
import { fetchBypassingCache } from "../embed/fetch.ts";
import { headlessHost } from "../runtime/headless.ts";
import { ModelError } from "../runtime/errors.ts";
import { load } from "../runtime/load.ts";
import type { Host, Progress } from "../runtime/types.ts";
import { nextTask } from "./dom.ts";
import { failure, unknownModel } from "./failures.ts";
import type { IndexEntry, PageState, Store } from "./state.ts";

const INDEX = "models/index.json"; // relative to the page, as everything else
const PARAMETER = "model"; // in the page's address

/**
 * The page judges for itself, and proves the engine once its own example has given way to a
 * drawing.
 */
const hostOf = (store: Store): Host<never> => ({
  ...headlessHost,
  extras: async () => ({
    ...(await headlessHost.extras()),
    async fetchJudge(model, options, extras, engine, use) {
      await new Promise<void>((go) => {
        store.watch(["sample"], ({ sample }) => {
          if (!sample) go();
        });
      });
      const { fetch = globalThis.fetch } = options;
      const connection = { fetch, extras, signal: new AbortController().signal };
      const { proveClassifier } = await import("../runtime/proof.ts");
      proveClassifier(model, model.manifest, options, connection, engine, use);
      return null;
    },
  }),
});

async function readIndex(signal: AbortSignal): Promise<Pick<PageState, "entries" | "baseUrl">> {
  const next = "Check that the site serves the folder models/.";
  const response = await fetch(INDEX, { signal, cache: "no-cache" }).catch((error: unknown) => {
    throw new ModelError(
      "network",
      `${INDEX} must be fetched. Received: ${String(error)}. ${next}`,
      error,
    );
  });
  if (!response.ok) {
    throw new ModelError(
      "network",
      `${INDEX} must be fetched. Received: HTTP ${response.status}. ${next}`,
    );
  }
  const index = (await response.json().catch(() => null)) as Partial<
    Record<"models" | "base_url", unknown>
  > | null;
  const models = Array.isArray(index?.models)
    ? (index.models as readonly Partial<IndexEntry>[])
    : [];
  const entries = models.filter(
    (entry): entry is IndexEntry =>
      typeof entry.name === "string" && typeof entry.path === "string",
  );
  if (entries.length === 0) {
    throw new ModelError(
      "manifest",
      `${INDEX} must list at least one model. Received: none. Run “pipeline build” to publish one.`,
    );
  }
  return { entries, baseUrl: index?.base_url };
}

/**
 * Load the model that the address names, or the first one, and reload whenever `chosen` or
 * `retries` changes.
 */
export function followChoice(store: Store): void {
  let work: AbortController | null = null;

  async function start(): Promise<void> {
    work?.abort();
    const { signal } = (work = new AbortController());
    const { chosen, retries, model: former } = store.state;
    store.update({
      model: null,
      prediction: null,
      picked: null,
      status: { kind: "loading", loaded: 0, total: 0 },
    });
    former?.dispose();

    try {
      if (store.state.entries.length === 0) store.update(await readIndex(signal));
      const { entries } = store.state;
      const entry = entries.find(({ name }) => chosen === null || name === chosen);
      if (!entry) {
        const known = entries.map(({ name }) => name);
        store.update({ status: unknownModel(String(chosen), known) });
        return;
      }
      const options = {
        signal,
        onProgress: ({ loaded, total }: Progress) => {
          if (!signal.aborted) store.update({ status: { kind: "loading", loaded, total } });
        },
        fetch: retries > 0 ? fetchBypassingCache : undefined,
      };
      const model = await load(
        new URL(`models/${entry.path}`, document.baseURI),
        options,
        hostOf(store),
      );
      await nextTask(); // all that waits for a model is a task of its own
      if (signal.aborted) model.dispose();
      else store.update({ model, status: { kind: "ready" } });
    } catch (error) {
      if (!signal.aborted) store.update({ status: failure(error) });
    }
  }

  store.update({ chosen: new URLSearchParams(location.search).get(PARAMETER) });
  store.watch(["chosen", "retries"], () => void start());
}

/** Switch to another model, here and in the address. */
export function choose(store: Store, name: string): void {
  const address = new URL(location.href);
  address.searchParams.set(PARAMETER, name);
  history.replaceState(history.state, "", address);
  store.update({ chosen: name });
}
