// The modules for other people's pages and for Node, at stable names; their lazy parts get hashed names in assets/. A build
// for each, in this order, because what two entries of one build share would become a further file that both wait for:
// - `--mode ink`, `--mode photos`: of these both fetch one while they fetch a model. Each brings what it needs, so that it
//   imports none of the others;
// - `--mode extras`: what both fetch later, if at all;
// - `--mode embed`: embed.js, load() and the element;
// - `--mode load`: load.js, load() alone;
// - `--mode frame`: frame.js, for pages that have frame.html in an <iframe>.
// They are built before the page, which names them with their integrity hashes (scripts/pin.mjs).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { minify as minifyAgain } from "terser";
import { defineConfig, minify, type Plugin } from "vite";
import { built, builtEngine } from "./scripts/tfjs-plugin.mjs";
import { SKETCH_VERSION } from "./version.ts";

const site = join(import.meta.dirname, "../pipeline/_web/site");

const PARTS = ["ink", "photos", "extras"];

const partAt = (part: string) => {
  const name = readdirSync(join(site, "assets")).find((name) => name.startsWith(`${part}-`));
  return `./assets/${String(name)}`;
};

const builtParts = () => built(Object.fromEntries(PARTS.map((part) => [`./${part}.ts`, partAt(part)])));

/**
 * Chromium then compiles every function while the file arrives, and none on its first call: 1.7 ms of 36 to the element's first
 * prediction. Of load.js it would save less.
 */
const EAGER = "//# allFunctionsCalledOnLoad";

/** Two minifiers, one after the other: each finds what the other leaves, together a hundredth and a half. */
const small: Plugin = {
  name: "small",
  async renderChunk(code, { fileName }) {
    const { code: first } = await minify(fileName, code, { module: true });
    const preamble = fileName === "embed.js" ? EAGER : "";
    const options = {
      module: true,
      ecma: 2020,
      compress: { passes: 3 },
      format: { comments: false, preamble },
    } as const;
    return (await minifyAgain(first, options)).code ?? first;
  },
};

export default defineConfig(({ mode: name }) => ({
  publicDir: false,
  define: { SKETCH_VERSION },
  plugins: [small, ...(PARTS.includes(name) ? [] : [builtEngine("./assets/"), builtParts()])],
  build: {
    outDir: site,
    emptyOutDir: false, // TensorFlow.js' parts lie there
    target: "es2022",
    reportCompressedSize: false,
    minify: false,
    cssMinify: true,
    // Library mode, which leaves out the page's preloading helper.
    lib: { entry: `src/${name === "frame" ? name : "embed"}/${name}.ts`, formats: ["es"] },
    rolldownOptions: {
      output: {
        entryFileNames: PARTS.includes(name) ? "assets/[name]-[hash].js" : "[name].js",
        chunkFileNames: "assets/[name]-[hash].js",
        minify: false, // see above
      },
    },
  },
}));
