// How to cite a model. No DOM.

/** Address of the page with this model chosen, without whatever else the visitor's own address holds. */
export function pageOf(page: string, name: string): string {
  const address = new URL(".", page);
  address.searchParams.set("model", name);
  return address.href;
}

/**
 * The manifest's BibTeX entry, which the model card shows too, with where to find the model.
 *
 * @param page Address that shows the model.
 */
export function withAddress(entry: string, page: string): string {
  return entry.replace(/^(?=  note = )/m, () => `  howpublished = {\\url{${page}}},\n`);
}
