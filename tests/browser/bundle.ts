// Pages as their authors make them: with a bundler, and with the npm package.
import { join } from "node:path";
import { build, type Plugin } from "vite";
import { compile } from "svelte/compiler";
import { compileScript, parse } from "vue/compiler-sfc";
import { packInto, run } from "../../web/src/testing/packed.ts";

const WEB = join(import.meta.dirname, "../../web");

/** @param folder Where the npm package is packed and installed; it may be removed afterwards. */
export function bundlerWith(folder: string) {
  const app = packInto(folder);
  process.env["NODE_ENV"] = "production"; // else builds are for tests, as this process is
  const options = (ssr: boolean) => ({
    configFile: false as const,
    logLevel: "error" as const,
    root: folder,
    base: "./",
    publicDir: false as const,
    plugins: [ofThisProject, vueFiles(ssr), svelteFiles],
    define: {
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
    },
    resolve: {
      alias: {
        notebook: join(folder, "cells.js"),
        "sketch-classifier": join(app, "node_modules/sketch-classifier/embed.js"),
      },
    },
  });
  return {
    /** Bundle for browsers: becomes `name`, with its parts beside it, in `outDir`. */
    page(input: string, outDir: string, name: string) {
      const rolldownOptions = { input, output: { entryFileNames: name, chunkFileNames: "parts/[hash].js" } };
      const to = { outDir, emptyOutDir: false, target: "es2022", modulePreload: false as const, rolldownOptions };
      return build({ ...options(false), build: to });
    },
    /** Bundle for Node: becomes `name` in the bundler's own folder. */
    server(ssr: string, name: string) {
      const rolldownOptions = { output: { entryFileNames: name } };
      const to = { outDir: join(folder, "server"), emptyOutDir: false, ssr, rolldownOptions };
      return build({ ...options(true), ssr: { noExternal: true }, build: to });
    },
    /** Run such a bundle with an argument; what it prints. */
    print: (name: string, argument: string) => run(folder, process.execPath, join("server", name), argument).trim(),
  };
}

/** Packages that this project has installed, for pages that lie elsewhere. */
const ofThisProject: Plugin = {
  name: "of-this-project",
  enforce: "pre",
  resolveId(source) {
    return /^(react|react-dom|vue|svelte|@observablehq|@tensorflow)(?=\/|$)/.test(source)
      ? this.resolve(source, join(WEB, "index.html"), { skipSelf: true })
      : null;
  },
};

/** Single-file components with `<script setup>`, as Vue's own plugin compiles them. */
const vueFiles = (ssr: boolean): Plugin => ({
  name: "vue-files",
  transform(code, id) {
    if (!id.endsWith(".vue")) return null;
    const isCustomElement = (tag: string) => tag === "sketch-classifier";
    const compilerOptions = { isCustomElement };
    const { descriptor } = parse(code, { filename: id, templateParseOptions: compilerOptions });
    const templateOptions = { ssr, ssrCssVars: [], compilerOptions };
    return compileScript(descriptor, { id, inlineTemplate: true, templateOptions }).content;
  },
});

const svelteFiles: Plugin = {
  name: "svelte-files",
  transform: (code, id) =>
    id.endsWith(".svelte") ? compile(code, { filename: id, generate: "client", css: "external" }).js.code : null,
};
