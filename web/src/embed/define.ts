// The only module that registers an element; and it does so when it is called, not when it is imported.
import { SketchClassifierElement } from "./element.ts";

/**
 * Register the element. Where there are no elements (in Node, in a worker) nothing happens. Where the name is taken it stays
 * as it is; the console says so, unless it was this very version.
 *
 * @param name In place of `sketch-classifier`, e.g. where a page has two versions.
 */
export function define(name = "sketch-classifier"): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  const known = registry?.get(name) as (CustomElementConstructor & { readonly version?: string }) | undefined;
  const { version } = SketchClassifierElement;
  if (!known) {
    // A class can have only one name.
    registry?.define(name, class extends SketchClassifierElement {});
  } else if (known.version !== version) {
    const by = known.version ? `version ${known.version}` : "another script";
    console.warn(
      `<${name}> is registered already, by ${by}; version ${version} leaves it. Register one under another name.`,
    );
  }
}
