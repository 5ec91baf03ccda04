// The published modules of this build, under names that change with their content.

/** An entry of integrity.json: path relative to the site, and hash for the `integrity` attribute. */
export interface Pinned {
  readonly path: string;
  readonly integrity: string;
}
export type PinnedModules = Readonly<Record<"embed.js" | "load.js" | "frame.js", Pinned>>;

/** Defined by the build (vite.config.ts), from integrity.json. */
declare const PINNED: PinnedModules;

export const pinnedModules = (): PinnedModules => PINNED;
