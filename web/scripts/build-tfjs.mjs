// First step of `npm run build`: TensorFlow.js in parts of one file each, for the page and the embed alike. The parts do not
// import one another; they meet in tfjs-core's own registry (see tfjs-plugin.mjs). Split into common chunks instead, a small
// CNN took 18 files and 85 kB of brotli.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { built, guestTfjs, SITE, wasmAt, wasmBinary } from "./tfjs-plugin.mjs";

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
const TFJS = join(WEB, "src", "runtime", "tfjs");
const PARTS = ["layers", "layers-all", "graph", "cpu-all", "webgl", "webgl-all", "wasm"];

/**
 * @param {string | null} outDir Null: nothing is written.
 * @returns {Promise<Map<string, string>>} File name → code; engine-tfjs-….js, which imports the others, is the last one.
 */
export async function buildTfjs(outDir = SITE) {
  const scope = scopeOf();
  const made = new Map();
  const addresses = {};
  for (const part of PARTS) {
    const file = await bundle(part, `tfjs-${part}`, [guestTfjs(scope)], outDir, made.size === 0);
    made.set(file.fileName.replace(/^assets\//, ""), file.code);
    addresses[`./${part}.ts`] = `./${file.fileName.replace(/^assets\//, "")}`;
  }
  const { name, content } = wasmBinary();
  if (outDir !== null) writeFileSync(join(outDir, "assets", name), content);
  const engine = await bundle("engine", "engine-tfjs", [built(addresses)], outDir, false);
  return made.set(engine.fileName.replace(/^assets\//, ""), engine.code);
}

async function bundle(source, name, plugins, outDir, first) {
  const { output } = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins,
    define: wasmAt(`./${wasmBinary().name}`),
    build: {
      write: outDir !== null,
      outDir: outDir ?? SITE,
      emptyOutDir: first, // the page and the embed are written into the emptied folder
      target: "es2022",
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: join(TFJS, `${source}.ts`),
        preserveEntrySignatures: "strict",
        output: {
          entryFileNames: `assets/${name}-[hash].js`,
          codeSplitting: false,
          minify: { compress: { dropConsole: true }, mangle: true, codegen: true }, // it is somebody else's console
        },
      },
    },
  });
  if (output.length !== 1) throw new Error(`${name} must become one file. Received: ${output.map((f) => f.fileName)}.`);
  return output[0];
}

/** Of everything that a part is made of: parts of another build, on the same page, keep to themselves. */
function scopeOf() {
  const shared = ["errors", "json", "weights"].map((name) => `../${name}.ts`);
  const sources = [...readdirSync(TFJS).sort(), ...shared]
    .filter((name) => !name.endsWith(".test.ts"))
    .map((name) => join(TFJS, name));
  const packages = ["tfjs-core", "tfjs-backend-wasm"] // for their versions
    .map((name) => join(WEB, "node_modules", "@tensorflow", name, "package.json"));
  const hash = createHash("sha256");
  for (const file of [...sources, join(WEB, "scripts", "tfjs-plugin.mjs"), ...packages])
    hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildTfjs();
