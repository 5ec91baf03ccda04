// Assembles src/runtime/conv/kernels.wat.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import wabt from "wabt";

const SOURCE = join(dirname(import.meta.dirname), "src", "runtime", "conv", "kernels.wat");
const module = (await wabt()).parseWat(SOURCE, readFileSync(SOURCE, "utf8"), { simd: true });
module.validate();
const { buffer } = module.toBinary({});
module.destroy();

/** The binary in base64, as an expression for Vite's `define`. */
export const KERNELS = JSON.stringify(Buffer.from(buffer).toString("base64"));
