import type { Fetch } from "./types.ts";

/** Answers from files that are here already, as a server at `root` that has nothing else. */
export const filesAtHand =
  (files: Readonly<Record<string, BufferSource | undefined>>, root: string): Fetch =>
  (url) => {
    const content = files[url.slice(root.length)];
    return Promise.resolve(new Response(content ?? null, { status: content ? 200 : 404 }));
  };
