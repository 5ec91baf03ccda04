// Values that Vite inserts when it builds the sources.
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
  /** For each file that matches, its path and how to import it. */
  readonly glob: <Module>(
    patterns: readonly string[],
  ) => Readonly<Record<string, () => Promise<Module>>>;
}
