// TensorFlow.js' WASM backend, with all kernels that it has: the binary with SIMD and without threads lies beside this file.
import { registerBackend } from "@tensorflow/tfjs-core";
import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js";
import "@tensorflow/tfjs-backend-wasm/dist/register_all_kernels.js";
import { compile, fitForSimd } from "./wasm-binary.ts";

// Put there by scripts/tfjs-plugin.mjs: where the binary lies, relative to this file, and what a browser holds it to.
declare const WASM_FILE: string;
declare const WASM_INTEGRITY: string;

/**
 * Fetch, check and compile the binary, while the CPU goes on answering; the backend then starts at once.
 *
 * @throws Error where the page's policy or the browser does not allow it (nothing was fetched), or the binary does not arrive
 *   as it was built.
 */
async function prepare(): Promise<void> {
  await fitForSimd();
  const url = new URL(WASM_FILE, import.meta.url); // in this form bundlers know it as a file of ours
  const response = await fetch(url, { integrity: WASM_INTEGRITY });
  if (!response.ok) throw new Error(`${url.href} must be downloadable. Received: HTTP status ${response.status}.`);
  const module = await compile(await response.arrayBuffer());
  registerBackend("wasm", () => new BackendWasm(module as never));
}

let prepared: Promise<void> | undefined;
/** Once for all models of a page: where it failed, it fails again. */
export const ready = (): Promise<void> => (prepared ??= prepare());
