// The citation of a model. No DOM.

/** Address of the page with this model chosen, and nothing else from the visitor's address. */
export function pageOf(page: string, name: string): string {
  const address = new URL(".", page);
  address.searchParams.set("model", name);
  return address.href;
}

/**
 * Add the address of the model to its BibTeX entry. The entry is in the manifest, and in the model card.
 *
 * @param page Address of the page that shows the model.
 */
export function withAddress(entry: string, page: string): string {
  return entry.replace(/^(?= {2}note = )/m, () => `  howpublished = {\\url{${page}}},\n`);
}
