// The modules for other people's pages and for Node, at stable names. Two builds, because modules that two entries of one
// build share would become a further file, which each of them would have to wait for:
// - `--mode embed`: embed.js, load() and the element, in one piece;
// - `--mode load`: load.js, load() alone, which fetches what only some callers need from assets/.
import { defineConfig } from "vite";

export default defineConfig(({ mode: name }) => ({
  publicDir: false,
  build: {
    outDir: "../pipeline/_web/site",
    emptyOutDir: false, // the page's build, which ran before, lies there
    target: "es2022",
    reportCompressedSize: false,
    cssMinify: true,
    // Library mode, which leaves out the page's preloading helper.
    lib: { entry: `src/embed/${name}.ts`, formats: ["es"] },
    rolldownOptions: {
      // A lazy part uses what the entry has already: with "strict" signatures, that would move to a file of its own.
      preserveEntrySignatures: "allow-extension",
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "assets/[name]-[hash].js",
        minify: true, // whitespace too, which library mode keeps
      },
    },
  },
}));
