// The only module that registers an element, and only when it is called, not when it is imported.
import { SketchClassifierElement } from "./element.ts";

/**
 * Register the element. Outside a page (in Node.js, in a worker) this does nothing. A name that is
 * already registered is left alone, with a warning unless it belongs to this same version.
 *
 * @param name Another tag name, e.g. on a page with two versions.
 */
export function define(name = "sketch-classifier"): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  const known = registry?.get(name) as
    (CustomElementConstructor & { readonly version?: string }) | undefined;
  const { version } = SketchClassifierElement;
  if (!known) {
    // A class can have only one name.
    registry?.define(name, class extends SketchClassifierElement {});
  } else if (known.version !== version) {
    const owner = known.version ? `version ${known.version}` : "another script";
    console.warn(
      `<${name}> must be registered once. Received: version ${version} after ${owner}. Use another name.`,
    );
  }
}
