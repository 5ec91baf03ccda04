// One download and one model for all elements that show the same.
import type { Fetch, Progress } from "../runtime/types.ts";
import { load } from "./load.ts";
import type { Model } from "./types.ts";

interface Entry {
  readonly model: Promise<Model>;
  readonly stop: AbortController;
  readonly watchers: Set<(progress: Progress) => void>;
  progress: Progress | null;
  settled: boolean;
}

const entries = new Map<string, Entry>();

/** A second try must not meet the damaged copy that the browser has kept of the first. */
const fetchAnew: Fetch = (url, init) => fetch(url, { ...init, cache: "reload" });

export interface Share {
  /** Rejects with a ModelError. */
  readonly model: Promise<Model>;
  /** Give it back, once: the last one stops the download, or disposes of the model. */
  release(): void;
}

/**
 * Load a model, or join those who have it.
 *
 * @param address An absolute URL.
 * @param anew Past the browser's cache, and past a model that is there already.
 */
export function share(
  address: string,
  format: string | undefined,
  anew: boolean,
  onProgress: (progress: Progress) => void,
): Share {
  const key = `${address} ${format ?? ""}`;
  const found = entries.get(key);
  const entry = found && !(anew && found.settled) ? found : start(key, address, format, anew);
  // A function of its own for each who joins: two may be the same.
  const watcher = (progress: Progress): void => {
    onProgress(progress);
  };
  entry.watchers.add(watcher);
  if (entry.progress && !entry.settled) onProgress(entry.progress);
  return {
    model: entry.model,
    release() {
      entry.watchers.delete(watcher);
      if (entry.watchers.size > 0) return;
      if (entries.get(key) === entry) entries.delete(key);
      entry.stop.abort();
      entry.model.then(
        (model) => {
          model.dispose();
        },
        () => undefined, // it has told those who asked
      );
    },
  };
}

function start(key: string, address: string, format: string | undefined, anew: boolean): Entry {
  const stop = new AbortController();
  const watchers: Entry["watchers"] = new Set();
  const onProgress = (progress: Progress): void => {
    entry.progress = progress;
    for (const watcher of [...watchers]) watcher(progress);
  };
  const options = { format, onProgress, signal: stop.signal, fetch: anew ? fetchAnew : undefined };
  const entry: Entry = { model: load(address, options), stop, watchers, progress: null, settled: false };
  const settle = (): void => {
    entry.settled = true;
  };
  entry.model.then(settle, () => {
    settle();
    if (entries.get(key) === entry) entries.delete(key); // the next one tries again
  });
  entries.set(key, entry);
  return entry;
}
