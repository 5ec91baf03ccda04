// sw.js: the service worker, at a stable name at the site's root. It is built last: it carries the list of the page's files.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const site = join(import.meta.dirname, "../pipeline/_web/site");
/** Bytes of the largest file that is kept before anybody uses it; a larger one is kept once it was used. */
const LARGEST = 2 ** 18;
const assets = readdirSync(join(site, "assets"))
  .map((name) => `assets/${name}`)
  .sort();
/** Most models need none of TensorFlow.js, and the page nothing of what is for other people's pages or for embed.html. */
const isForAll = (path: string) =>
  !/^assets\/((engine-)?tfjs|embed|load|frame|framed|docs|ink|photos|extras)-/.test(path) &&
  statSync(join(site, path)).size <= LARGEST;

export default defineConfig({
  publicDir: false,
  define: {
    __ASSETS__: JSON.stringify(assets.filter(isForAll)),
    __LATER__: JSON.stringify(assets.filter((path) => !isForAll(path))),
  },
  build: {
    outDir: site,
    emptyOutDir: false, // the page and the embed lie there
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: "src/sw/sw.ts",
      output: { entryFileNames: "sw.js", format: "iife" }, // not every browser runs modules as service workers
    },
  },
});
