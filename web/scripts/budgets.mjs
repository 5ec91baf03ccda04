// Holds the build to web/budgets.json: what visitors download, in bytes after brotli unless its
// name says otherwise, against its limit and against the size that was committed last. Part of `npm
// run check`; `npm run budgets -- --renew` writes the sizes of today to be committed.
import { spawnSync } from "node:child_process";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { OUT, WEB } from "./bundle.mjs";

const record = join(OUT, "build.json");
const budgetsPath = join(WEB, "budgets.json");

if (!(await isFresh())) {
  const build = join(import.meta.dirname, "build.mjs");
  const built = spawnSync(process.execPath, [build], {
    cwd: WEB,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (built.status !== 0)
    throw new Error("`npm run build` must succeed before its sizes can be checked; see above.");
}

const sizes = await measure();
const budgets = JSON.parse(await readFile(budgetsPath, "utf8"));
const names = [Object.keys(budgets), Object.keys(sizes)].map((keys) => keys.sort().join("; "));
if (names[0] !== names[1])
  throw new Error(`web/budgets.json must list: ${names[1]}. Received: ${names[0]}.`);

const width = Math.max(...Object.keys(sizes).map(({ length }) => length));
console.log(
  `${"bytes after brotli".padEnd(width)} ${["size", "limit", "growth"].map((t) => t.padStart(8)).join("")}`,
);
const over = [];
for (const [name, { limit, size: committed }] of Object.entries(budgets)) {
  const size = sizes[name];
  const growth = `${size > committed ? "+" : ""}${size - committed}`;
  console.log(
    `${name.padEnd(width)} ${[String(size), String(limit), growth].map((t) => t.padStart(8)).join("")}`,
  );
  if (size > limit) over.push(`“${name}” must stay within ${limit} B. Received: ${size} B.`);
}
if (process.argv.includes("--renew")) {
  const renewed = Object.entries(budgets).map(([name, { limit }]) => [
    name,
    { limit, size: sizes[name] },
  ]);
  await writeFile(budgetsPath, `${JSON.stringify(Object.fromEntries(renewed), null, 2)}\n`);
}
if (over.length > 0) {
  console.error(
    `${over.join("\n")} Move code that can wait into a part that is fetched later, or drop it.`,
  );
  process.exitCode = 1;
}

/** Tell whether the build is newer than all its sources. */
async function isFresh() {
  const built = await stat(record).then(
    ({ mtimeMs }) => mtimeMs,
    () => -1,
  );
  const folders = ["src", "scripts", "verify"].map((name) => join(WEB, name));
  const listed = await Promise.all(
    folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })),
  );
  const top = (await readdir(WEB, { withFileTypes: true })).filter(({ name }) =>
    /\.(html|ts)$|^package/.test(name),
  );
  const files = [...listed.flat(), ...top].filter((entry) => entry.isFile());
  const times = files.map(
    async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs,
  );
  return Math.max(...(await Promise.all(times))) <= built;
}

/**
 * Measure each download of a visitor, in bytes. The model is the reference export, the same for
 * every build.
 */
async function measure() {
  const { first_load: page, site } = JSON.parse(await readFile(record, "utf8"));
  const code = (pattern) => {
    const found = site.filter(({ path }) => pattern.test(path));
    if (found.length !== 1)
      throw new Error(`The build must hold one ${pattern}. Received: ${found.length}.`);
    return found[0].brotli_bytes;
  };
  const part = (name) => code(new RegExp(`^assets/${name}-[\\w-]{8}\\.js$`));
  const packed = await modelBytes((content) => brotliCompressSync(content).length); // quality 11, as a site's copies
  const unpacked = await modelBytes((content) => content.length);
  const { model, judging } = packed;
  return {
    "load.js": code(/^load\.js$/),
    "embed.js": code(/^embed\.js$/),
    "load.js, pinned": part("load"),
    "embed.js, pinned": part("embed"),
    "load.js to its first prediction": code(/^load\.js$/) + part("ink") + model,
    "embed.js to its first prediction": code(/^embed\.js$/) + part("ink") + model,
    "embed.js with all that judges its answer":
      code(/^embed\.js$/) + part("ink") + part("extras") + model + judging,
    "what convolutions take besides": part("conv"),
    "TensorFlow.js for a small CNN, with WebGL":
      part("engine-tfjs") + part("tfjs-layers") + part("tfjs-webgl"),
    "TensorFlow.js on WebAssembly, where it is tried":
      part("tfjs-wasm") + code(/^assets\/tfjs-wasm-[0-9a-f]{16}\.wasm$/),
    "the page to its first prediction": page.brotli_bytes + model + packed.whole,
    "the page to its first prediction, unpacked": page.bytes + unpacked.model + unpacked.whole,
  };
}

/**
 * Bytes, counted by `size`, of the default recipe's model with uint16 weights, loaded through
 * latest.json, which includes the topology; of what then judges its answers; and of what only the
 * page reads: the whole manifest, and model.json.
 */
async function modelBytes(size) {
  const folder = join(WEB, "..", "exported_models", "example", "mnist-softmax");
  const pointer = join(folder, "latest.json");
  const version = join(folder, JSON.parse(await readFile(pointer, "utf8")).version);
  const bytes = async (path) => size(await readFile(path));
  const parts = ["layers-uint16/model.json", "layers-uint16/group1-shard1of1.bin", "manifest.json"];
  const judges = ["judging.json", "familiar.json", "familiar.bin"];
  const paths = [pointer, ...[...parts, ...judges].map((path) => join(version, path))];
  const [latest, topology, weights, manifest, judging, rule, numbers] = await Promise.all(
    paths.map(bytes),
  );
  return { model: latest + weights, judging: judging + rule + numbers, whole: manifest + topology };
}
