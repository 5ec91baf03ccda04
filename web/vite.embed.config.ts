// embed.js: one minified ES module at a stable name, for other people's pages and for Node. It is complete for dense models;
// for others it imports TensorFlow.js' parts from assets/.
import { defineConfig } from "vite";
import { builtEngine } from "./scripts/tfjs-plugin.mjs";

export default defineConfig({
  publicDir: false,
  plugins: [builtEngine("./assets/")],
  build: {
    outDir: "../pipeline/_web/site",
    emptyOutDir: false, // the page's build, which ran before, lies there
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Not Vite's library mode: that one keeps the whitespace of ES modules.
    rolldownOptions: {
      input: "src/embed/embed.ts",
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "embed.js", codeSplitting: false },
    },
  },
});
