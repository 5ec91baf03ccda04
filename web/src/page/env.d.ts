// What Vite puts in when it builds.
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
