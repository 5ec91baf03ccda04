// Constants that Vite defines in the build.
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
