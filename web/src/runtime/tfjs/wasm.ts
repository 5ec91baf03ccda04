// TensorFlow.js' WASM backend with all its kernels. The binary, with SIMD and without threads, is a
// file beside this one.
import { registerBackend } from "@tensorflow/tfjs-core";
import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js";
import "@tensorflow/tfjs-backend-wasm/dist/register_all_kernels.js";
import { compile, fitForSimd } from "./wasm-binary.ts";

// Defined by scripts/tfjs-plugin.mjs: where the binary is, relative to this file, and its integrity
// hash.
declare const WASM_FILE: string;
declare const WASM_INTEGRITY: string;

/**
 * Fetch, verify and compile the binary while the CPU goes on answering; afterwards the backend
 * starts at once.
 *
 * @throws Error if the page's policy or the browser does not allow it (then nothing was fetched),
 * or if the binary is
 *   not the one that was built.
 */
async function prepare(): Promise<void> {
  await fitForSimd();
  const url = new URL(WASM_FILE, import.meta.url); // bundlers recognise a file of ours in this form
  const response = await fetch(url, { integrity: WASM_INTEGRITY });
  if (!response.ok)
    throw new Error(`${url.href} must be downloadable. Received: HTTP status ${response.status}.`);
  const module = await compile(await response.arrayBuffer());
  registerBackend("wasm", () => new BackendWasm(module as never));
}

let prepared: Promise<void> | undefined;
/** Once for all models of a page; if it failed, it fails again. */
export const ready = (): Promise<void> => (prepared ??= prepare());
