// TensorFlow.js as a guest on other people's pages: on its own, and without what a guest must not do.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
export const SITE = join(WEB, "..", "pipeline", "_web", "site");
const ASSETS = join(SITE, "assets");
const WASM = join(WEB, "node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm");
const OPTIONAL = "export const registerOptimizers = () => {};";

/** Modules of tfjs-core and of the WASM backend, by the end of their path, and what stands in for them. */
const REPLACED = {
  // Stock TensorFlow.js keeps its engine on `window`: it would share backends and kernels with a TensorFlow.js, perhaps of
  // another version, that the page itself has loaded. The key says which files belong together.
  "dist/global_util.js": (scope) => `
    const key = Symbol.for(${JSON.stringify(`sketch-classifier ${scope}`)});
    const { screen } = globalThis;
    const home = (globalThis[key] ??= { map: new Map(), screen, atob: (text) => globalThis.atob(text) });
    export const getGlobalNamespace = () => home;
    export function getGlobal(key, init) {
      if (!home.map.has(key)) home.map.set(key, init());
      return home.map.get(key);
    }`,
  // One platform for pages, workers and Node. It neither posts messages to the page nor stores models.
  "dist/platforms/platform_browser.js": () => `
    import { env } from "../environment";
    import { isTypedArrayBrowser as isTypedArray } from "./is_typed_array_browser";
    env().setPlatform("any", {
      isTypedArray,
      now: () => performance.now(),
      encode: (text) => new TextEncoder().encode(text),
      decode: (bytes) => new TextDecoder().decode(bytes),
      setTimeoutCustom: (callback, delay) => setTimeout(callback, delay),
      fetch: () => Promise.reject(new Error("TensorFlow.js must not fetch by itself")),
    });`,
  "dist/platforms/platform_node.js": () => "",
  // Fingerprints of texts. It compiles WebAssembly while it is imported, which the page's policy would report.
  "dist/hash_util.js": () => `
    const unable = () => { throw new Error("Hashing of texts is left out"); };
    export { unable as hexToLong, unable as fingerPrint64 };`,
  // Ways to load and save models, and training: the bytes come from the runtime, and nothing is ever stored.
  "dist/io/indexed_db.js": () => "",
  "dist/io/local_storage.js": () => "",
  "dist/io/browser_files.js": () => "export const browserFiles = undefined;",
  "dist/io/http.js": () =>
    "export { browserFiles as browserHTTPRequest, browserFiles as http, browserFiles as isHTTPScheme } from './browser_files';",
  "dist/io/model_management.js": () =>
    "export { browserFiles as copyModel, browserFiles as listModels, browserFiles as moveModel, browserFiles as removeModel } from './browser_files';",
  "dist/optimizers/register_optimizers.js": () => OPTIONAL,
  // How the WASM backend finds, fetches and starts its binary, with and without threads: src/runtime/tfjs/wasm*.ts do.
  "dist/flags_wasm.js": () => "",
  "wasm-out/tfjs-backend-wasm.js": () => "export default undefined;",
  "wasm-out/tfjs-backend-wasm-threaded-simd.js": () => "export default undefined;",
  "wasm-out/tfjs-backend-wasm-threaded-simd.worker.js": () => "export const wasmWorkerContents = undefined;",
};

/**
 * How tfjs-layers gives each weight a name that no other one has. Its own way counts in each copy by itself, so that copies of
 * one page collide, and remembers every name that it has given; the number of a variable is one count for all copies.
 */
const UNIQUE_NAME = {
  path: /@tensorflow\/tfjs-layers\/dist\/common\.js(\?|$)/,
  own: /export function getUniqueTensorName\(scopedName\) \{[^]*?\n\}/,
  ours: `import { engine } from "@tensorflow/tfjs-core";
    export const getUniqueTensorName = (name) => name + ":" + engine().nextVariableId();`,
};

const MODULE = /@tensorflow\/tfjs-(?:core|backend-wasm)\/((?:dist|wasm-out)\/.*?)(?:\?|$)/;

/** @param {string} scope Copies of TensorFlow.js that name the same one share their state. */
export function guestTfjs(scope) {
  return {
    name: "guest-tfjs",
    enforce: "pre",
    load(id) {
      const [, path] = MODULE.exec(id.replaceAll("\\", "/")) ?? [];
      return path && Object.hasOwn(REPLACED, path) ? REPLACED[path](scope) : null;
    },
    transform(code, id) {
      const { path, own, ours } = UNIQUE_NAME;
      if (!path.test(id.replaceAll("\\", "/"))) return null;
      if (!own.test(code)) throw new Error(`${id} must have getUniqueTensorName(). Received: a version without it.`);
      return { code: code.replace(own, () => ours), map: null };
    },
  };
}

/**
 * Leaves imports of modules that have been built already as they are in the browser.
 *
 * @param {Record<string, string>} files Module, as it is imported → the address of its file, relative to the importing one's.
 */
export function built(files) {
  return {
    name: "built",
    enforce: "pre",
    resolveId: (source) => (Object.hasOwn(files, source) ? { id: files[source], external: true } : null),
  };
}

/** The binary of the WASM backend, under a name that changes with its content, and what a browser holds it to. */
export function wasmBinary() {
  const content = readFileSync(WASM);
  const hash = createHash("sha256").update(content).digest();
  const name = `tfjs-wasm-${hash.toString("hex").slice(0, 16)}.wasm`;
  return { name, content, integrity: `sha256-${hash.toString("base64")}` };
}

/** @param {string} file Address of the binary, relative to the module that fetches it. */
export function wasmAt(file) {
  const { integrity } = wasmBinary();
  return { WASM_FILE: JSON.stringify(file), WASM_INTEGRITY: JSON.stringify(integrity) };
}

/**
 * For the page and the embed: TensorFlow.js' part, as scripts/build-tfjs.mjs has left it in assets/.
 *
 * @param {string} from Address of assets/, relative to the file that imports it.
 */
export function builtEngine(from) {
  const find = () => readdirSync(ASSETS).find((name) => /^engine-tfjs-.*\.js$/.test(name));
  return {
    ...built({
      get "./tfjs/engine.ts"() {
        return `${from}${find()}`;
      },
    }),
    apply: "build",
  };
}
