import type { Plugin } from "vite";

export function guestTfjs(scope: string): Plugin;
export function built(files: Readonly<Record<string, string>>): Plugin;
export function builtEngine(from: string): Plugin;
export function wasmBinary(): { readonly name: string; readonly content: Buffer; readonly integrity: string };
export function wasmAt(file: string): { readonly WASM_FILE: string; readonly WASM_INTEGRITY: string };
