// The modules for other people's pages and for Node, at stable names; their lazy parts get hashed names in assets/. Two
// builds, because what two entries of one build share would become a further file that each of them has to wait for:
// - `--mode embed`: embed.js, load() and the element;
// - `--mode load`: load.js, load() alone.
import { defineConfig } from "vite";
import { SKETCH_VERSION } from "./version.ts";

export default defineConfig(({ mode: name }) => ({
  publicDir: false,
  define: { SKETCH_VERSION },
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
