/** The base of relative URLs; undefined outside pages and workers. */
export function pageAddress(): string | undefined {
  const { document, location } = globalThis as { document?: Document; location?: Location };
  return document?.baseURI ?? location?.href;
}
