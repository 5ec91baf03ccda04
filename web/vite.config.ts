// The pages (index.html, quality.html, own.html, embed.html, frame.html and their hashed assets),
// `npm run dev` and `npm test`. scripts/build.mjs builds the pages after all else, and adds what
// they name of it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { SITE, SKETCH_VERSION } from "./scripts/bundle.mjs";
import { guestTfjs, wasmAt } from "./scripts/tfjs-plugin.mjs";
import { KERNELS } from "./scripts/wat.mjs";
import { pages } from "./src/page/pages.ts";
import { ALONE, LISTED, TIER } from "./src/testing/tiers.ts";

/** What the build has written before it comes to the pages; tests of the sources do not need it. */
const integrity = join(SITE, "integrity.json");
const PINNED = existsSync(integrity) ? readFileSync(integrity, "utf8") : "undefined";
/**
 * The binary as it was installed, seen from src/runtime/tfjs/: for tests, and for “npm run dev”.
 */
const WASM = "../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";

export default defineConfig({
  base: "./", // works from any sub-path of any host
  publicDir: false,
  define: { SKETCH_VERSION, PINNED, KERNELS, ...wasmAt(WASM) },
  plugins: [guestTfjs("development"), pages],
  build: {
    outDir: SITE,
    emptyOutDir: false, // what was built before lies there
    target: "es2022",
    assetsInlineLimit: 0, // data: URLs would need exceptions in the Content-Security-Policy
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", framed: "frame.html" },
      // One file for what the first view shares with frame.html and with panels, not five.
      output: {
        codeSplitting: {
          groups: [
            { name: "shared", test: /\/(json|shape|preload-helper|en-first|language)(\.|$)/ },
          ],
        },
      },
    },
    reportCompressedSize: false, // scripts/build.mjs prints brotli sizes
  },
  test: {
    environment: "node",
    fsModuleCache: false, // its keys leave out what `define` says, such as the hashes of the last build
    setupFiles: [
      "src/testing/words.ts",
      "src/testing/clean.ts",
      ...(TIER === "fast" ? ["src/testing/no-process.ts"] : []),
    ],
    // ms; no test counts seconds: this ends one that hangs, however busy the machine is
    testTimeout: 600_000,
    hookTimeout: 600_000,
    exclude: TIER === "fast" ? Object.keys(LISTED) : [],
    projects: [
      // Files of one process share the modules that they import: starting and importing took more
      // than the tests.
      {
        extends: true,
        test: {
          name: "shared",
          include: ["src/**/*.test.ts"],
          exclude: Object.keys(ALONE),
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: Object.keys(ALONE) } },
    ],
    // The parts that the engine imports go through Vite, as in the build; @tensorflow/tfjs itself
    // stays stock beside them.
    alias: [{ find: /^(@tensorflow\/tfjs-[a-z-]+)$/, replacement: "$1/dist/index.js" }],
    server: { deps: { inline: [/@tensorflow\/tfjs-[a-z-]+\/(dist|wasm-out)\/(?!tf-)/] } },
  },
});
