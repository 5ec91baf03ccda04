import type { Fetch } from "../runtime/types.ts";

/** For a second attempt: the browser may have kept a damaged copy of the first. */
export const fetchBypassingCache: Fetch = (url, init) => fetch(url, { ...init, cache: "reload" });
