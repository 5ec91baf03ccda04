// The scripts of `pipeline versions single-file`: each is the whole code of one HTML file. Of the pad and of the page there
// are two, one without TensorFlow.js, and one with all that models may need of it.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, instead, OUT, SKETCH_VERSION, small, WEB } from "./bundle.mjs";
import { guestTfjs } from "./tfjs-plugin.mjs";

const FOLDER = join(OUT, "single");

/** Its binary is a file of its own; where the CPU is slow, there is still WebGL. */
export const WITHOUT_WASM = instead(
  "runtime/tfjs/wasm.ts",
  'export const ready = () => Promise.reject(new Error("One file has no WebAssembly backend"));',
);
const REFUSE = "export const prepareTfjs = () => Promise.reject(new Error('This file has no TensorFlow.js'));";
const WITHOUT_TFJS = instead("runtime/tfjs/engine.ts", `${REFUSE} export const prepareRunner = prepareTfjs;`);
const WITHOUT_CONV = instead("runtime/conv/layers.ts", REFUSE.replace("prepareTfjs", "rulesFor"));

/** Panels for which the file is missing that they show. */
const ABSENT = ["train", "game"];
/** The page without these, and without what makes no sense in one file, or is never asked for there. */
const ALONE = [
  ...ABSENT.map((id) => instead(`page/${id}/${id}.ts`, "export const mount = () => undefined;")),
  instead("page/use/use.ts", 'export { mount } from "../../single/left-out.ts";'),
  instead("page/offline.ts", "export const followOffline = () => undefined;"),
  instead("runtime/tensors/tensors.ts", ""), // for what is no image classifier
  instead("runtime/trust/vouched.ts", ""), // for who has a public key
];

export async function buildSingle() {
  const kinds = { "": [WITHOUT_TFJS, WITHOUT_CONV], "-tfjs": [guestTfjs(`single ${SKETCH_VERSION}`), WITHOUT_WASM] };
  for (const [suffix, plugins] of Object.entries(kinds)) {
    const few = suffix ? [] : [small]; // of 1 MB they would take a minute
    await script("single/single.ts", `single${suffix}.js`, [...few, ...plugins], suffix !== "");
    await script("single/page.ts", `page${suffix}.js`, [...plugins, ...ALONE], true, "page.css");
  }
  await script("single/unpack.ts", "unpack.js", [small], false);
  await writeFile(join(FOLDER, "page.html"), await template());
}

async function script(entry, name, plugins, minify, style) {
  const options = { outDir: FOLDER, plugins, define: { SKETCH_VERSION }, format: "iife", minify, style };
  const { code } = await bundle(entry, name, options);
  if (/<\/script|<!--/i.test(code)) throw new Error(`${name} must fit between script tags. Change what it says.`);
}

/** index.html without what it fetches; pipeline/site/single_page.py puts that at the two marks. */
async function template() {
  const icon = await readFile(join(WEB, "src/page/icon.svg"), "utf8");
  const changes = [
    ["/src/page/icon.svg", `data:image/svg+xml,${encodeURIComponent(icon)}`],
    ['<meta charset="utf-8" />', '<meta charset="utf-8" />\n    <!-- policy -->'],
    ['    <link rel="stylesheet" href="/src/page/page.css" />\n', ""],
    ['    <script type="module" src="/src/page/main.ts"></script>\n', ""],
    [/ *<!-- preview -->\s*<!-- \/preview -->\n/, ""],
    [/ *<!-- static -->\s*<!-- \/static -->\n/, ""],
    ['data-panel="use" class="panel" id="use"', 'data-panel="use" class="panel" id="rest"'],
    ...ABSENT.map((id) => [new RegExp(`      <section data-panel="${id}".*?</section>\\n`), ""]),
    ["  </body>", "<!-- packed -->\n  </body>"],
  ];
  let html = await readFile(join(WEB, "index.html"), "utf8");
  for (const [from, to] of changes) {
    const changed = html.replace(from, to);
    if (changed === html) throw new Error(`index.html must hold ${from}. Change scripts/build-single.mjs as well.`);
    html = changed;
  }
  return html;
}
