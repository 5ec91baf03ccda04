// What all builds share: where things are, and one file made of one entry.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "vite";
import { recordPackages } from "./licenses.mjs";

export const WEB = dirname(import.meta.dirname);
export const OUT = join(WEB, "..", "pipeline", "_web");
export const SITE = join(OUT, "site");

/** The version of the whole project, as an expression for Vite's `define`. The Python package has it. */
export const SKETCH_VERSION = JSON.stringify(projectVersion(join(WEB, "..", "pipeline", "version.py")));

function projectVersion(path) {
  const version = /__version__ = "([^"]+)"/.exec(readFileSync(path, "utf8"))?.[1];
  if (!version) throw new Error(`${path} must set __version__. Received: a file that does not. Put it back.`);
  return version;
}

/**
 * Leaves imports of modules that have been built already as the browser shall see them.
 *
 * @param {Readonly<Record<string, string>>} files Module, from src/ → the address of its file, relative to the
 *   importing one's.
 * @returns {import("vite").Plugin}
 */
export function built(files) {
  const addresses = new Map(Object.entries(files).map(([module, address]) => [join(WEB, "src", module), address]));
  return {
    name: "built",
    enforce: "pre",
    resolveId(source, importer) {
      const id = importer && addresses.get(resolve(dirname(importer), source));
      return id ? { id, external: true } : null;
    },
  };
}

/**
 * Build one file out of one entry. Each has a build of its own, because what two entries of one build share would
 * become a further file that both wait for.
 *
 * @param {string} entry From src/.
 * @param {string} fileName May hold `[hash]`.
 * @returns {Promise<{ readonly fileName: string, readonly code: string }>}
 */
export async function bundle(
  entry,
  fileName,
  { outDir = SITE, plugins = [], define = {}, format = "es", minify = true } = {},
) {
  const result = await build({
    configFile: false,
    root: WEB,
    logLevel: "warn",
    publicDir: false,
    plugins: [...plugins, recordPackages],
    define,
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      reportCompressedSize: false,
      minify: minify !== false,
      cssMinify: true,
      lib: { entry: join(WEB, "src", entry), formats: [format], name: "unused" }, // without the helper that pages need
      rolldownOptions: {
        output: { entryFileNames: fileName, codeSplitting: false, minify, comments: { annotation: !minify } },
      },
    },
  });
  const [{ output: files }] = [result].flat();
  if (files.length !== 1) throw new Error(`${entry} must become one file. Received: ${files.map((f) => f.fileName)}.`);
  return files[0];
}
