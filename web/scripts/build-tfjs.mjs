// TensorFlow.js in parts of one file each, for the page and the embed alike. The parts do not
// import one another; they meet in tfjs-core's own registry (see tfjs-plugin.mjs). Split into
// common chunks instead, a small CNN took 18 files and 85 kB of brotli.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { built, bundle, pinned, WEB } from "./bundle.mjs";
import { guestTfjs, wasmAt, wasmBinary } from "./tfjs-plugin.mjs";

const FOLDER = "runtime/tfjs";
const PARTS = ["layers", "layers-all", "graph", "cpu-all", "webgl", "webgl-all", "wasm", "foreign"];

/** @typedef {import("./bundle.mjs").Built} Built */

/**
 * @param {string} outDir Its folder assets/ is written to.
 * @returns {Promise<{ readonly engine: Built, readonly pinned: Built, readonly parts: readonly
 * Built[] }>} The module
 *   that imports the parts, and its copy for pinned modules, which checks them.
 */
export async function buildTfjs(outDir) {
  const { name: binary, content } = wasmBinary();
  mkdirSync(join(outDir, "assets"), { recursive: true });
  writeFileSync(join(outDir, "assets", binary), content);
  const bundlePart = (part, name, plugin) =>
    bundle(`${FOLDER}/${part}.ts`, `assets/${name}-[hash].js`, {
      outDir,
      plugins: [plugin],
      define: wasmAt(`./${binary}`),
      // The console is the host page's.
      minify: { compress: { dropConsole: true }, mangle: true, codegen: true },
    });
  const scope = scopeOf();
  const parts = {};
  for (const part of PARTS) {
    parts[`${FOLDER}/${part}.ts`] = await bundlePart(part, `tfjs-${part}`, guestTfjs(scope));
  }
  return {
    engine: await bundlePart("engine", "engine-tfjs", built(parts, "./")),
    pinned: await bundlePart("engine", "pinned-tfjs", pinned(parts)),
    parts: Object.values(parts),
  };
}

/**
 * Name a part's scope by the hash of its sources: parts of another build, on the same page, keep to
 * themselves.
 */
function scopeOf() {
  const folder = join(WEB, "src", FOLDER);
  const shared = ["errors", "json", "weights"].map((name) => `../${name}.ts`);
  const sources = [...readdirSync(folder).sort(), ...shared].filter(
    (name) => !name.endsWith(".test.ts"),
  );
  const packages = ["tfjs-core", "tfjs-backend-wasm"]; // for their versions
  const files = [
    ...sources.map((name) => join(folder, name)),
    join(WEB, "scripts", "tfjs-plugin.mjs"),
    ...packages.map((name) => join(WEB, "node_modules", "@tensorflow", name, "package.json")),
  ];
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
