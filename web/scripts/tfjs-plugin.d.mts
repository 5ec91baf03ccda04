import type { Plugin } from "vite";

export function guestTfjs(scope: string): Plugin;
export function built(files: Readonly<Record<string, string>>): Plugin;
export function builtEngine(from: string): Plugin;
