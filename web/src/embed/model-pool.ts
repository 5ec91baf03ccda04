// One download and one model for all elements that show the same one.
import type { Progress } from "../runtime/types.ts";
import { fetchBypassingCache } from "./fetch.ts";
import { load } from "./load.ts";
import type { LoadOptions, Model } from "./types.ts";

/** Options that tell one model from another. */
export type Wanted = Pick<LoadOptions, "format" | "integrity" | "key" | "fetch">;

interface Entry {
  readonly model: Promise<Model>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  progress: Progress | null;
  isLoaded: boolean;
}

const entries = new Map<string, Entry>();

export interface Lease {
  /** Rejects with a ModelError. */
  readonly model: Promise<Model>;
  /** Call once. The last release stops the download, or disposes of the model. */
  release(): void;
}

/**
 * Load a model, or share one that is loaded or being loaded. With a `fetch` of its own, an element
 * shares none.
 *
 * @param url Absolute.
 * @param reload Bypass the HTTP cache, and a model that has been loaded already.
 * @param onProgress A different function for each lease.
 */
export function acquireModel(
  url: string,
  wanted: Wanted,
  reload: boolean,
  onProgress: (progress: Progress) => void,
): Lease {
  const key = url + JSON.stringify(wanted);
  const found = wanted.fetch ? undefined : entries.get(key);
  const entry = found && !(reload && found.isLoaded) ? found : start(key, url, wanted, reload);
  entry.listeners.add(onProgress);
  if (entry.progress && !entry.isLoaded) onProgress(entry.progress);
  return {
    model: entry.model,
    release() {
      entry.listeners.delete(onProgress);
      if (entry.listeners.size > 0) return;
      if (entries.get(key) === entry) entries.delete(key);
      entry.abort.abort();
      entry.model.then(
        (model) => {
          model.dispose();
        },
        () => undefined, // the error has been reported to those who asked for the model
      );
    },
  };
}

function start(key: string, url: string, wanted: Wanted, reload: boolean): Entry {
  const abort = new AbortController();
  const listeners: Entry["listeners"] = new Set();
  const onProgress = (progress: Progress): void => {
    entry.progress = progress;
    for (const listener of [...listeners]) listener(progress);
  };
  const options = {
    ...wanted,
    drawn: true, // see loadTensors
    onProgress,
    signal: abort.signal,
    fetch: wanted.fetch ?? (reload ? fetchBypassingCache : undefined),
  };
  const entry: Entry = {
    model: load(url, options),
    abort,
    listeners,
    progress: null,
    isLoaded: false,
  };
  entry.model.then(
    () => {
      entry.isLoaded = true;
    },
    () => {
      if (entries.get(key) === entry) entries.delete(key); // the next request tries again
    },
  );
  if (!wanted.fetch) entries.set(key, entry);
  return entry;
}
