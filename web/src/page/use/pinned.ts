// The modules for other people's pages as this build made them, under names that change with their content.

/** What integrity.json says of one: its path, relative to the site, and its hash as the attribute `integrity` takes it. */
export interface Pinned {
  readonly path: string;
  readonly integrity: string;
}
export type PinnedModules = Readonly<Record<"embed.js" | "load.js" | "frame.js", Pinned>>;

/** Put in by the build (vite.config.ts), from integrity.json. */
declare const PINNED: PinnedModules;

export const pinnedModules = (): PinnedModules => PINNED;
