// Pins of the snippets: the published modules of this build, under names that change with their
// content, and a manifest.

/**
 * An entry of integrity.json: path relative to the site, and hash for the `integrity` attribute.
 */
export interface Pinned {
  readonly path: string;
  readonly integrity: string;
}
export type PinnedModules = Readonly<
  Record<"embed.js" | "load.js" | "frame.js" | "frame-content.js", Pinned>
>;

/** Defined by the build (vite.config.ts), from integrity.json. */
declare const PINNED: PinnedModules;

export const pinnedModules = (): PinnedModules => PINNED;

/**
 * The hash of a file that never changes, for `integrity`.
 *
 * @returns Null where the file cannot be read, or where browsers do not compute hashes: on plain
 * http.
 */
export async function integrityOf(address: string): Promise<string | null> {
  try {
    const response = await fetch(address);
    if (!response.ok) return null;
    const hash = await crypto.subtle.digest("SHA-384", await response.arrayBuffer());
    return `sha384-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
  } catch {
    return null;
  }
}
