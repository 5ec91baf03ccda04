/**
 * A `Fetch` that answers from files that are here already, as a server at `root` that has nothing
 * else.
 */
export const filesAtHand =
  (files: Readonly<Record<string, BufferSource | undefined>>, root: string) =>
  (url: string): Promise<Response> => {
    const content = files[url.slice(root.length)];
    return Promise.resolve(new Response(content ?? null, { status: content ? 200 : 404 }));
  };
