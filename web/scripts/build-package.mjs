// `npm run package [-- FOLDER]`: the npm package, as a folder for `npm pack`. Unminified, because
// its users have bundlers; with types.
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build, runnerImport } from "vite";
import { built, SITE, SKETCH_VERSION, WEB } from "./bundle.mjs";
import "./schema.mjs";
import { KERNELS } from "./wat.mjs";

const out = resolve(process.argv[2] ?? join(WEB, "..", "dist", "npm"));
const ENTRIES = ["embed", "load", "element", "define"];
/** Those whose templates have types of their own. */
const FRAMEWORKS = ["react", "vue", "svelte"];

const assets = await readdir(join(SITE, "assets")).catch(() => []);
const tfjs = assets.filter((name) => /^(engine-)?tfjs-.*\.(js|wasm)$/.test(name));
const engine = tfjs.find((name) => name.startsWith("engine-"));
if (!engine) {
  throw new Error(
    `TensorFlow.js' parts must be in ${join(SITE, "assets")}. Received: none. Run “npm run build” first.`,
  );
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const { module: description } = await runnerImport(join(WEB, "src/embed/describe.ts"));
const { module: templates } = await runnerImport(join(WEB, "src/embed/templates.ts"));

await build({
  configFile: false,
  root: WEB,
  logLevel: "warn",
  publicDir: false,
  plugins: [built({ "runtime/tfjs/engine.ts": { name: engine } }, "./assets/")],
  define: { SKETCH_VERSION, KERNELS },
  build: {
    outDir: out,
    emptyOutDir: false,
    target: "es2022",
    minify: false,
    cssMinify: true,
    lib: { entry: ENTRIES.map((name) => join(WEB, `src/embed/${name}.ts`)), formats: ["es"] },
    rolldownOptions: {
      preserveEntrySignatures: "strict",
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "part-[name]-[hash].js" /* beside assets/, as those of a site */,
      },
    },
  },
});

await mkdir(join(out, "assets"));
for (const name of [...tfjs, "LICENSES.txt"])
  await copyFile(join(SITE, "assets", name), join(out, "assets", name));
await copyFile(join(WEB, "..", "LICENSE"), join(out, "LICENSE"));

const tsc = spawnSync(
  process.execPath,
  [
    join(WEB, "node_modules/typescript/bin/tsc"),
    "-p",
    "tsconfig.package.json",
    "--outDir",
    join(out, "types"),
  ],
  { cwd: WEB, stdio: "inherit" },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
await keepOnlyUsedTypes(join(out, "types"));
for (const [name, text] of Object.entries(templates.DECLARATIONS))
  await writeFile(join(out, "types", name), text);

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const entry = (name) => ({ types: `./types/embed/${name}.d.ts`, default: `./${name}.js` });
const { license } = JSON.parse(await readFile(join(WEB, "package.json"), "utf8"));
const project = await readFile(join(WEB, "..", "pyproject.toml"), "utf8");
const address = /^repository = "(.+)"$/m.exec(project)[1]; // of both packages
await writeFile(
  join(out, "package.json"),
  json({
    name: description.TAG,
    version: JSON.parse(SKETCH_VERSION),
    description: "A drawing pad with the live predictions of a published Keras model.",
    license,
    author: /^authors = .*name = "(.+?)"/m.exec(project)[1],
    keywords: [
      "custom-element",
      "drawing",
      "image-classification",
      "keras",
      "tensorflowjs",
      "web-component",
    ],
    homepage: `${address}#readme`,
    bugs: `${address}/issues`,
    repository: { type: "git", url: `git+${address}.git`, directory: "web" },
    type: "module",
    exports: {
      ".": entry("embed"),
      "./load": entry("load"),
      "./element": entry("element"),
      "./define": entry("define"),
      ...Object.fromEntries(
        FRAMEWORKS.map((name) => [`./${name}`, { types: `./types/${name}.d.ts` }]),
      ),
      "./package.json": "./package.json",
    },
    unpkg: "./embed.js",
    jsdelivr: "./embed.js",
    sideEffects: ["./embed.js"], // it registers the element
    files: ["*.js", "assets", "types"],
  }),
);
await writeFile(join(out, "README.md"), readme(description));

/** Make declarations import one another as .js, and delete those that no entry leads to. */
async function keepOnlyUsedTypes(folder) {
  const used = new Map();
  const read = async (path) => {
    if (used.has(path)) return;
    const text = (await readFile(path, "utf8")).replaceAll(
      /(from|import\()\s*"(\.[^"]+)\.ts"/g,
      '$1 "$2.js"',
    );
    used.set(path, text);
    for (const [, name] of text.matchAll(/"(\.[^"]+)\.js"/g))
      await read(join(dirname(path), `${name}.d.ts`));
  };
  for (const name of ENTRIES) await read(join(folder, "embed", `${name}.d.ts`));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !used.has(path)) await rm(path);
  }
  for (const [path, text] of used) await writeFile(path, text);
}

function readme({ TAG, tables }) {
  return `${[
    `# ${TAG}`,
    "A drawing pad with the live predictions of a model that `pipeline build` published.",
    `\`\`\`js\nimport "${TAG}"; // registers <${TAG}>\n\`\`\``,
    `\`\`\`html\n<${TAG} src="https://example.org/site/models/mnist-softmax/latest.json"></${TAG}>\n\`\`\``,
    `Without side effects: \`import { load } from "${TAG}/load"\`, \`import { SketchClassifierElement } from "${TAG}/element"\`, ` +
      `and \`import { define } from "${TAG}/define"\`, which registers it when it is called, under the name that you give it.`,
    inForms(TAG),
    forTemplates(TAG),
    tables("##"),
  ].join("\n\n")}\n`;
}

function inForms(tag) {
  return `## In forms

\`\`\`html
<form method="post">
  <label for="digit">Your digit</label>
  <${tag} id="digit" name="digit" required src="…"></${tag}>
  <button>Send</button>
</form>
\`\`\`

The form posts \`digit=7\`, the model’s own label of the answer, or an empty text while there is none. With
\`value-as="strokes"\` it posts the drawing, as text of letters, digits, \`-\` and \`_\`; written into the attribute \`value\`, or
set as the property, such a text draws the same again. \`required\`, \`disabled\`, \`readonly\`, \`<fieldset disabled>\`,
\`<label>\`, a form’s reset and a browser’s way back work as with the fields that browsers have.
The methods of validation are there once the element has loaded. Two names were taken: the property
\`labels\` is that of the attribute, and \`explain\` is no method; it is \`explainAnswer()\`.`;
}

function forTemplates(tag) {
  return `## In templates

- TypeScript knows the element’s properties and events.
- JSX of React 19, Vue’s templates and Svelte know its attributes with one line anywhere in your code:
  \`import type {} from "${tag}/react"\`, \`"${tag}/vue"\` or \`"${tag}/svelte"\`.
- A server may send the element with a declarative shadow root: its content stays until the model is there.`;
}

console.log(relative(process.cwd(), out) || ".");
