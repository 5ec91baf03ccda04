// Shared by all builds: where things are, and one file made of one entry.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { minify as terser } from "terser";
import { build, minify as oxc } from "vite";
import { recordPackages } from "./licenses.mjs";
import { KERNELS } from "./wat.mjs";

export const WEB = dirname(import.meta.dirname);
export const OUT = join(WEB, "..", "pipeline", "_web");
export const SITE = join(OUT, "site");

/**
 * The version of the whole project, as an expression for Vite's `define`. The Python package has
 * it.
 */
export const SKETCH_VERSION = JSON.stringify(
  projectVersion(join(WEB, "..", "pipeline", "version.py")),
);

function projectVersion(path) {
  const version = /__version__ = "([^"]+)"/.exec(readFileSync(path, "utf8"))?.[1];
  if (!version)
    throw new Error(`${path} must set __version__. Received: a file that does not. Put it back.`);
  return version;
}

/**
 * Leaves imports of modules that have been built already as the browser shall see them.
 *
 * @param {Readonly<Record<string, { readonly name: string }>>} files Module, from src/ → its file.
 * @param {string} folder Of these, relative to the importing file.
 * @returns {import("vite").Plugin}
 */
export function built(files, folder) {
  const addresses = new Map(
    Object.entries(files).map(([module, { name }]) => [join(WEB, "src", module), folder + name]),
  );
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
 * Makes a module check the parts that it imports, of modules that have been built already, by their
 * hashes. Whoever pins that module has then pinned these, too.
 *
 * @param {Readonly<Record<string, Built>>} files Module, from src/ → its file, which will lie
 * beside the importing one's.
 * @returns {import("vite").Plugin}
 */
export function pinned(files) {
  const found = new Map(
    Object.entries(files).map(([module, file]) => [join(WEB, "src", module), file]),
  );
  const helper = join(WEB, "src", "embed", "import-pinned.ts");
  return {
    name: "pinned",
    enforce: "pre",
    transform(code, id) {
      const checked = code.replaceAll(/\bimport\("(\.[^"]+)"\)/g, (whole, source) => {
        const file = found.get(resolve(dirname(id), source));
        return file ? `importPinned("./${file.name}", "${file.integrity}")` : whole;
      });
      return checked === code
        ? null
        : `import { importPinned } from ${JSON.stringify(helper)};\n${checked}`;
    },
  };
}

/**
 * Chromium then compiles every function while the file arrives, and none on its first call: 1.7 ms
 * of 36 to the element's first prediction. Of load.js it would save less.
 */
const EAGER = "//# allFunctionsCalledOnLoad";
/**
 * Terser compresses, and Vite's own minifier names. Either alone makes the element's first
 * prediction larger, by 174 and by 236 bytes, of which web/budgets.json has not a hundred.
 */
export const small = {
  name: "small",
  async renderChunk(code, { fileName }) {
    const compress = { passes: 3, inline: 1, unsafe_arrows: true }; // unsafe for functions that are called with `new`: we have classes
    const { code: compressed } = await terser(code, {
      module: true,
      ecma: 2020,
      compress,
      mangle: false,
    });
    const { code: named } = await oxc(fileName, compressed, { module: true });
    return /\bembed\b/.test(fileName) ? `${EAGER}\n${named}` : named;
  },
};

/** Puts other code in the place of a module, which is named from src/. */
export const instead = (module, code) => ({
  name: "instead",
  enforce: "pre",
  load: (id) => (resolve(id) === join(WEB, "src", module) ? code : null),
});

/** For the attribute `integrity`, and its like. */
export const integrityOf = (content, algorithm) =>
  `${algorithm}-${createHash(algorithm).update(content).digest("base64")}`;

/**
 * @typedef {object} Built A module that has been built.
 * @property {string} name Of its file in assets/.
 * @property {string} code
 * @property {string} integrity SHA-256: as safe as the longer hashes, and the shortest.
 */

/**
 * Build one file out of one entry. Each has a build of its own, because what two entries of one
 * build share would become a further file that both wait for.
 *
 * @param {string} entry From src/.
 * @param {string} fileName May hold `[hash]`.
 * @returns {Promise<Built>}
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
    define: { ...define, KERNELS },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      reportCompressedSize: false,
      minify: minify !== false,
      cssMinify: true,
      // A library: without the helper that pages need.
      lib: { entry: join(WEB, "src", entry), formats: [format], name: "unused" },
      rolldownOptions: {
        output: {
          entryFileNames: fileName,
          codeSplitting: false,
          minify,
          comments: { annotation: !minify },
        },
      },
    },
  });
  const [{ output }] = [result].flat();
  if (output.length !== 1)
    throw new Error(`${entry} must become one file. Received: ${output.map((f) => f.fileName)}.`);
  const [{ fileName: path, code }] = output;
  return { name: basename(path), code, integrity: integrityOf(code, "sha256") };
}
