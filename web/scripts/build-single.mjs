// The scripts of `pipeline versions single-file`: each is the whole code of one HTML file. There
// are two, one without TensorFlow.js, and one with all that models may need of it.
import { join } from "node:path";
import { bundle, instead, OUT, SKETCH_VERSION, small } from "./bundle.mjs";
import { guestTfjs } from "./tfjs-plugin.mjs";

const FOLDER = join(OUT, "single");

/** Its binary is a file of its own; where the CPU is slow, there is still WebGL. */
export const WITHOUT_WASM = instead(
  "runtime/tfjs/wasm.ts",
  'export const ready = () => Promise.reject(new Error("One file has no WebAssembly backend"));',
);
const REFUSE =
  "export const prepareTfjs = () => Promise.reject(new Error('This file has no TensorFlow.js'));";
const WITHOUT_TFJS = instead(
  "runtime/tfjs/engine.ts",
  `${REFUSE} export const prepareRunner = prepareTfjs;`,
);
const WITHOUT_CONV = instead("runtime/conv/layers.ts", REFUSE.replace("prepareTfjs", "rulesFor"));

export async function buildSingle() {
  const kinds = {
    "": [WITHOUT_TFJS, WITHOUT_CONV],
    "-tfjs": [guestTfjs(`single ${SKETCH_VERSION}`), WITHOUT_WASM],
  };
  for (const [suffix, plugins] of Object.entries(kinds)) {
    const few = suffix ? [] : [small]; // of 1 MB they would take a minute
    await script("single/single.ts", `single${suffix}.js`, [...few, ...plugins], suffix !== "");
  }
}

async function script(entry, name, plugins, minify) {
  const options = { outDir: FOLDER, plugins, define: { SKETCH_VERSION }, format: "iife", minify };
  const { code } = await bundle(entry, name, options);
  if (/<\/script|<!--/i.test(code))
    throw new Error(`${name} must fit between script tags. Change what it says.`);
}
