// TensorFlow.js as a guest on other people's pages: isolated, and without what a guest must not do.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMON_KERNELS } from "../src/runtime/tfjs/kernels.js";
import { WEB } from "./bundle.mjs";

const WASM = join(
  WEB,
  "node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
);
const OPTIONAL = "export const registerOptimizers = () => {};";

/**
 * Modules of tfjs-core and of the WASM backend, by the end of their path, and their replacements.
 */
const REPLACED = {
  // Stock TensorFlow.js keeps its engine on `window`: it would share backends and kernels with a
  // TensorFlow.js, perhaps of another version, that the page itself has loaded. The key identifies
  // the files that belong together.
  "dist/global_util.js": (scope) => `
    const key = Symbol.for(${JSON.stringify(`sketch-classifier ${scope}`)});
    const { screen } = globalThis;
    const home = (globalThis[key] ??= { map: new Map(), screen, atob: (text) => globalThis.atob(text) });
    export const getGlobalNamespace = () => home;
    export function getGlobal(key, init) {
      if (!home.map.has(key)) home.map.set(key, init());
      return home.map.get(key);
    }`,
  // One platform for pages, workers and Node. It neither posts messages to the page nor stores
  // models.
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
  // Fingerprints of strings. On import it compiles WebAssembly, which the page's policy would
  // report.
  "dist/hash_util.js": () => `
    const unable = () => { throw new Error("Hashing of strings is left out"); };
    export { unable as hexToLong, unable as fingerPrint64 };`,
  // Loading and saving models, and training: the bytes come from the runtime, and nothing is ever
  // stored.
  "dist/io/indexed_db.js": () => "",
  "dist/io/local_storage.js": () => "",
  "dist/io/browser_files.js": () => "export const browserFiles = undefined;",
  "dist/io/http.js": () =>
    "export { browserFiles as browserHTTPRequest, browserFiles as http, browserFiles as isHTTPScheme } from './browser_files';",
  "dist/io/model_management.js": () =>
    "export { browserFiles as copyModel, browserFiles as listModels, browserFiles as moveModel, browserFiles as removeModel } from './browser_files';",
  "dist/optimizers/register_optimizers.js": () => OPTIONAL,
  // How the WASM backend finds, fetches and starts its binary, with and without threads: see
  // src/runtime/tfjs/wasm*.ts.
  "dist/flags_wasm.js": () => "",
  "wasm-out/tfjs-backend-wasm.js": () => "export default undefined;",
  "wasm-out/tfjs-backend-wasm-threaded-simd.js": () => "export default undefined;",
  "wasm-out/tfjs-backend-wasm-threaded-simd.worker.js": () =>
    "export const wasmWorkerContents = undefined;",
};

/**
 * How tfjs-layers gives each weight a unique name. Its own way counts separately in each copy, so
 * that two copies on a page collide, and remembers every name it has given; the number of a
 * variable is one counter for all copies.
 */
const UNIQUE_NAME = {
  path: /@tensorflow\/tfjs-layers\/dist\/common\.js(\?|$)/,
  own: /export function getUniqueTensorName\(scopedName\) \{[^]*?\n\}/,
  ours: `import { engine } from "@tensorflow/tfjs-core";
    export const getUniqueTensorName = (name) => name + ":" + engine().nextVariableId();`,
};

/**
 * Registers the common kernels of a backend only; beside them in its dist/ lies the module that
 * registers all.
 */
const COMMON = /@tensorflow\/tfjs-backend-\w+\/dist\/register_all_kernels\.js\?common$/;

function registerCommon() {
  const configs = COMMON_KERNELS.map(
    (name) => `${name.replace(/^_?[A-Z]/, (start) => start.toLowerCase())}Config`,
  );
  const imports = configs.map(
    (config, index) => `import { ${config} } from "./kernels/${COMMON_KERNELS[index]}.js";`,
  );
  return `import { registerKernel } from "@tensorflow/tfjs-core";
    ${imports.join("\n")}
    for (const kernel of [${configs.join(", ")}]) registerKernel(kernel);`;
}

const MODULE = /@tensorflow\/tfjs-(?:core|backend-wasm)\/((?:dist|wasm-out)\/.*?)(?:\?|$)/;

/**
 * @param {string} scope Copies of TensorFlow.js that name the same one share their state.
 * @returns {import("vite").Plugin}
 */
export function guestTfjs(scope) {
  return {
    name: "guest-tfjs",
    enforce: "pre",
    load(id) {
      const file = id.replaceAll("\\", "/");
      if (COMMON.test(file)) return { code: registerCommon(), moduleSideEffects: true };
      const [, path] = MODULE.exec(file) ?? [];
      return path && Object.hasOwn(REPLACED, path) ? REPLACED[path](scope) : null;
    },
    transform(code, id) {
      const { path, own, ours } = UNIQUE_NAME;
      if (!path.test(id.replaceAll("\\", "/"))) return null;
      if (!own.test(code))
        throw new Error(`${id} must have getUniqueTensorName(). Received: a version without it.`);
      return { code: code.replace(own, () => ours), map: null };
    },
  };
}

/**
 * The binary of the WASM backend: its content, a name that changes with it, and its integrity hash.
 */
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
