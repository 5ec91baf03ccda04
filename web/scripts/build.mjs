// `npm run build`: everything that the wheel carries, in pipeline/_web. Each step names the files
// of those before it.
import { copyFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "vite";
import { buildSingle, WITHOUT_WASM } from "./build-single.mjs";
import { buildTfjs } from "./build-tfjs.mjs";
import {
  built,
  bundle,
  integrityOf,
  OUT,
  pinned,
  SITE,
  SKETCH_VERSION,
  small,
  WEB,
} from "./bundle.mjs";
import { licenses, recordPackages } from "./licenses.mjs";
import "./schema.mjs";
import { guestTfjs } from "./tfjs-plugin.mjs";

/** Fetched while a model is (one of the first two), and later, if at all. */
const PARTS = ["ink", "photos", "vouched", "translations", "rare"].map(
  (name) => `embed/${name}.ts`,
);
/** Fetched for models that convolve. */
const CONV = "runtime/conv/layers.ts";
const BORROWERS = ["embed/ink.ts", "embed/photos.ts", CONV];
/** The modules for other people's pages and for Node, at stable names: entry, from src/. */
const MODULES = { embed: "embed/embed.ts", load: "embed/load.ts", frame: "frame/frame.ts" };
/** Those that pages pin: also one for the content of a frame. */
const PINNED = { ...MODULES, "frame-content": "frame/content.ts" };
/**
 * Bytes of the largest file that the service worker keeps before anybody uses it; a larger one is
 * kept once it was used.
 */
const LARGEST = 2 ** 18;

const PAGES = ["index.html", "quality.html", "own.html", "embed.html", "frame.html"];
/** Files without a hash in their names, which the service worker keeps besides index.html. */
const BESIDE = [...PAGES.slice(1), "embed.js", "load.js", "frame.js"];
/** A tag of a page that names what was built. */
const BUILT_TAG =
  /\s*<(?:script|link rel="(?:modulepreload|stylesheet)")[^>]*"\.\/assets\/[^>]*>(?:<\/script>)?/g;

const [OWN_ERRORS, LENT_ERRORS] = ["errors.ts", "errors-lent.ts"].map((name) =>
  join(WEB, "src", "runtime", name),
);
const lent = {
  name: "lent",
  enforce: "pre",
  resolveId: (source, importer) =>
    importer && resolve(dirname(importer), source) === OWN_ERRORS ? LENT_ERRORS : null,
};

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

await rm(OUT, { recursive: true, force: true });
const tfjs = await buildTfjs(SITE);
const parts = await buildParts();
const engine = { "runtime/tfjs/engine.ts": tfjs.engine, [CONV]: parts[CONV] };
// Other parts that import the engine: those for after the first prediction, and for models that are
// no image classifiers.
const [EXTRAS, TENSORS, RARE] = ["embed/extras.ts", "embed/tensors.ts", "embed/rare.ts"];
const rare = { [RARE]: parts[RARE] };
parts[EXTRAS] = await bundleSmall(
  EXTRAS,
  "assets/extras-[hash].js",
  built({ ...engine, ...rare }, "./"),
);
const STRINGS = "runtime/strings/strings.ts"; // for those of strings
const strings = await bundleSmall(STRINGS, "assets/strings-[hash].js");
parts[TENSORS] = await bundleSmall(
  TENSORS,
  "assets/tensors-[hash].js",
  built({ ...engine, [STRINGS]: strings }, "./"),
);
for (const [name, entry] of Object.entries(MODULES)) {
  await bundleSmall(entry, `${name}.js`, built({ ...engine, ...parts }, "./assets/"));
}
const checked = { "runtime/tfjs/engine.ts": tfjs.pinned, [STRINGS]: strings };
const tensors = await bundleSmall(TENSORS, "assets/pinned-tensors-[hash].js", pinned(checked));
const extras = await bundleSmall(
  EXTRAS,
  "assets/pinned-extras-[hash].js",
  pinned({ ...checked, ...rare }),
);
await pinModules({ ...parts, ...checked, [TENSORS]: tensors, [EXTRAS]: extras });
await buildPages();
await pinPages();
await buildServiceWorker();
await buildNotebook();
await buildSingle();
await writeFile(join(SITE, "assets", "LICENSES.txt"), licenses());
// for links to the page: see preview.mjs
await copyFile(join(WEB, "src", "page", "preview.png"), join(SITE, "preview.png"));
await copyVerification();
await copyExportPage();
await writeFacts();

/**
 * Those that prepare drawings or convolve are given the errors of whoever fetches them.
 *
 * @returns Module, from src/ → what was built. Each brings what it needs, so that it imports none
 * of the others.
 */
async function buildParts() {
  const files = {};
  for (const part of [...PARTS, CONV]) {
    const name = part === CONV ? "conv" : basename(part, ".ts");
    const plugins = BORROWERS.includes(part) ? [lent] : [];
    files[part] = await bundleSmall(part, `assets/${name}-[hash].js`, ...plugins);
  }
  return files;
}

function bundleSmall(entry, fileName, ...plugins) {
  return bundle(entry, fileName, {
    plugins: [small, ...plugins],
    define: { SKETCH_VERSION },
    minify: false, // see above
  });
}

/**
 * The modules once more, each under a name that changes with its content. A page that uses one of
 * these, with its integrity hash from integrity.json, runs exactly that code and that of the parts
 * whose hashes are in it, or none.
 */
async function pinModules(files) {
  const entries = {};
  for (const [name, entry] of Object.entries(PINNED)) {
    const { name: file, code } = await bundleSmall(
      entry,
      `assets/${name}-[hash].js`,
      pinned(files),
    );
    entries[`${name}.js`] = { path: `assets/${file}`, integrity: integrityOf(code, "sha384") };
  }
  await writeFile(join(SITE, "integrity.json"), json(entries));
}

/** index.html, embed.html, frame.html and their assets, by vite.config.ts. */
async function buildPages() {
  const plugins = [built(engine, "./"), recordPackages];
  await build({ root: WEB, logLevel: "warn", plugins });
}

/**
 * Pin the scripts and styles of each page by their hashes: the browser's HTTP cache may hold files
 * of somebody else who controlled the host for a while.
 */
async function pinPages() {
  const { name } = await bundle("page/recover.ts", "assets/recover-[hash].js", { format: "iife" });
  const recover = `<script crossorigin src="./assets/${name}"></script>`;
  for (const page of PAGES) {
    const path = join(SITE, page);
    const html = await readFile(path, "utf8");
    const tags = (html.match(BUILT_TAG) ?? []).map((tag) => tag.trim());
    const preloads = tags.filter((tag) => tag.includes("modulepreload"));
    const others = tags.filter((tag) => !tag.includes("modulepreload"));
    // A module is pinned before a script imports it.
    const ordered = [recover, ...preloads.map(asScript), ...others];
    const pinnedTags = await Promise.all(ordered.map(pinTag));
    const head = `${pinnedTags.join("\n")}\n</head>`;
    await writeFile(path, html.replaceAll(BUILT_TAG, "").replace("</head>", head));
  }
}

/** The script of a module that would be preloaded: WebKit does not check what it preloads. */
function asScript(preload) {
  const opened = preload.replace('<link rel="modulepreload"', '<script type="module"');
  return `${opened.replace("href=", "src=")}</script>`;
}

async function pinTag(tag) {
  const [, path] = /"\.\/([^"]+)"/.exec(tag);
  const integrity = integrityOf(await readFile(join(SITE, path)), "sha256");
  return tag.replace(/ (?=src=|href=)/, ` integrity="${integrity}" `);
}

/** sw.js, with the hashes of the page's files. */
async function buildServiceWorker() {
  const assets = (await readdir(join(SITE, "assets"))).sort().map((name) => `assets/${name}`);
  // Most models need none of TensorFlow.js, and the page and embed.html nothing of what only other
  // people's pages pin.
  const others =
    /^assets\/((engine-)?(tfjs|tensors|strings)|pinned|embed|load|frame|vouched|conv)-/;
  const hash = async (path) => integrityOf(await readFile(join(SITE, path)), "sha256");
  const [now, later, beside] = [{}, {}, {}];
  for (const path of assets) {
    const isForAll = !others.test(path) && (await stat(join(SITE, path))).size <= LARGEST;
    (isForAll ? now : later)[path] = await hash(path);
  }
  for (const path of BESIDE) beside[path] = await hash(path);
  await bundle("sw/sw.ts", "sw.js", {
    define: {
      __ASSETS__: JSON.stringify(now),
      __LATER__: JSON.stringify(later),
      __BESIDE__: JSON.stringify(beside),
    },
    format: "iife", // not every browser runs modules as service workers
  });
}

/**
 * Build the widget of `pipeline.show`: one file, which notebooks load as text, so it can import no
 * other.
 */
async function buildNotebook() {
  await bundle("notebook/widget.ts", "widget.js", {
    outDir: join(OUT, "notebook"),
    plugins: [guestTfjs(`notebook ${SKETCH_VERSION}`), WITHOUT_WASM],
    define: { SKETCH_VERSION },
  });
}

/** Copy what the verify stage runs in Node: our scripts, beside stock TensorFlow.js. */
async function copyVerification() {
  const stock = join(WEB, "node_modules", "@tensorflow", "tfjs");
  // runs large models in seconds that take the plain one minutes
  const wasm = join(`${stock}-backend-wasm`, "dist");
  const folder = join(OUT, "verify");
  await mkdir(folder);
  for (const path of [
    ...(await readdir(join(WEB, "verify"))).map((name) => join(WEB, "verify", name)),
    join(stock, "dist", "tf.min.js"),
    ...["tf-backend-wasm.min.js", "tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"].map(
      (name) => join(wasm, name),
    ),
  ]) {
    await copyFile(path, join(folder, basename(path)));
  }
  const { code } = tfjs.parts.find(({ name }) => name.startsWith("tfjs-foreign-"));
  await writeFile(join(folder, "foreign.js"), code);
}

/** Copy the page beside an export as it is: it is meant to be read and copied from. */
async function copyExportPage() {
  const [from, to] = [join(WEB, "src", "export"), join(OUT, "export")];
  await cp(from, to, { recursive: true });
  const sheets = [join(WEB, "src", "page", "theme.css"), join(from, "page.css")];
  await writeFile(
    join(to, "page.css"),
    await Promise.all(sheets.map((path) => readFile(path, "utf8"))),
  );
}

/**
 * build.json: the facts of this build, which budgets.mjs checks. And the compressed copies, which
 * publish uses.
 */
async function writeFacts() {
  const entries = await readdir(SITE, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const site = [];
  for (const path of paths.sort()) {
    const content = await readFile(path);
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    const packed = brotliCompressSync(content, { params });
    // which is compressed already
    if (!path.endsWith(".png")) await writeFile(`${path}.br`, packed);
    site.push({
      path: path.slice(SITE.length + 1).replaceAll("\\", "/"),
      bytes: content.length,
      brotli_bytes: packed.length,
    });
  }
  const { version: tfjs } = JSON.parse(
    await readFile(join(WEB, "node_modules/@tensorflow/tfjs/package.json"), "utf8"),
  );
  // Panels further down the page are fetched when the visitor comes near.
  const html = await readFile(join(SITE, "index.html"), "utf8");
  const first = new Set([
    "index.html",
    ...Array.from(html.matchAll(/(?:src|href)="\.\/([^"]+)"/g), ([, path]) => path),
  ]);
  const firstLoad = { bytes: 0, brotli_bytes: 0 };
  for (const { path, bytes, brotli_bytes } of site) {
    if (!first.has(path)) continue;
    firstLoad.bytes += bytes;
    firstLoad.brotli_bytes += brotli_bytes;
  }
  await writeFile(join(OUT, "build.json"), json({ tfjs, first_load: firstLoad, site }));
  for (const { path, bytes, brotli_bytes } of site) {
    console.log(
      `${path.padEnd(36)} ${String(bytes).padStart(8)} B ${String(brotli_bytes).padStart(8)} B brotli`,
    );
  }
  console.log(
    `first load of the page, without the model: ${firstLoad.bytes} B, ${firstLoad.brotli_bytes} B after brotli`,
  );
}
