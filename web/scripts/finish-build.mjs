// Last step of `npm run build`: copies what the verify stage runs in Node and writes the facts of this build, which
// budgets.mjs checks.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(web, "..", "pipeline", "_web");
const tfjs = join(web, "node_modules", "@tensorflow", "tfjs");

await rm(join(out, "verify"), { recursive: true, force: true });
await mkdir(join(out, "verify"), { recursive: true });
const scripts = (await readdir(join(web, "verify"))).filter((name) => /(?<!\.test)\.mjs$/.test(name));
for (const name of scripts) await copyFile(join(web, "verify", name), join(out, "verify", name));
await copyFile(join(tfjs, "dist", "tf.min.js"), join(out, "verify", "tf.min.js")); // stock and unchanged
// The WASM backend, as stock: it runs large models in seconds that take the plain one minutes.
for (const name of ["tf-backend-wasm.min.js", "tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"]) {
  await copyFile(join(`${tfjs}-backend-wasm`, "dist", name), join(out, "verify", name));
}

const site = join(out, "site");
const entries = await readdir(site, { recursive: true, withFileTypes: true });
const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
const assets = await Promise.all(
  paths.sort().map(async (path) => {
    const content = await readFile(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    return {
      path: path.slice(site.length + 1).replaceAll("\\", "/"),
      bytes: content.length,
      brotli_bytes: brotliCompressSync(content, { params }).length,
    };
  }),
);
const { version } = JSON.parse(await readFile(join(tfjs, "package.json"), "utf8"));
// Panels further down the page are fetched when the visitor comes near.
const html = await readFile(join(site, "index.html"), "utf8");
const first = new Set(["index.html", ...Array.from(html.matchAll(/(?:src|href)="\.\/([^"]+)"/g), ([, path]) => path)]);
const firstLoad = assets.filter(({ path }) => first.has(path)).reduce((sum, file) => sum + file.brotli_bytes, 0);
await writeFile(
  join(out, "build.json"),
  `${JSON.stringify({ tfjs: version, first_load_brotli_bytes: firstLoad, site: assets }, null, 2)}\n`,
);

for (const { path, bytes, brotli_bytes } of assets) {
  console.log(`${path.padEnd(36)} ${String(bytes).padStart(8)} B ${String(brotli_bytes).padStart(8)} B brotli`);
}
console.log(`first load of the page, without the model: ${firstLoad} B brotli`);
