// The npm package from the user's point of view: built, packed, and installed from the tarball
// without a network.
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";
import { exampleOf } from "../testing/examples.ts";
import { packInto, run } from "../testing/packed.ts";
import { manifestOf, publish, ROOT, softmaxFormats } from "../testing/published.ts";
import { temporary } from "../testing/temporary.ts";
import { TIER } from "../testing/tiers.ts";

const web = join(import.meta.dirname, "../..");
let folder: string;
let app: string;

beforeAll(async () => {
  folder = await temporary();
  app = packInto(folder);
});

test("publint finds no problem", async () => {
  const [name] = (await readdir(folder)).filter((entry) => entry.endsWith(".tgz"));
  const tarball = Uint8Array.from(await readFile(join(folder, name!))).buffer;
  const { messages } = await publint({ pack: { tarball } });
  expect(messages).toEqual([]);
});

test("in Node, importing does nothing, and load() and predict() work", async () => {
  const formats = softmaxFormats(6, 3);
  const site = publish(manifestOf(formats, 6, ["cat", "dog", "eel"]), formats);
  const files = Object.fromEntries(
    [...site].map(([url, content]) => [url, Buffer.from(content).toString("base64")]),
  );
  await writeFile(
    join(app, "main.js"),
    `const before = Object.getOwnPropertyNames(globalThis).join();
     const { SketchClassifierElement, define } = await import("sketch-classifier");
     const { load } = await import("sketch-classifier/load");
     await import("sketch-classifier/element");
     await import("sketch-classifier/define");
     if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error("a global was made");
     const files = ${JSON.stringify(files)};
     const fetch = (url) => Promise.resolve(new Response(Buffer.from(files[url], "base64")));
     const model = await load("${ROOT}latest.json", { fetch });
     const input = new Float32Array(6).fill(1);
     const { label, logits } = await model.predict(input);
     const { score } = await model.explain(input);
     console.log(label, Math.abs(score - Math.max(...logits)) < 1e-6, typeof define, SketchClassifierElement.version);`,
  );
  expect(run(app, process.execPath, "main.js")).toMatch(
    /^(cat|dog|eel) true function \d+\.\d+\.\d+\n$/,
  );
});

/** Each is right, except for one mistake in each line that says so. */
const CODE: Readonly<Record<string, string>> = {
  "main.ts": `import "sketch-classifier";
     import { load, ModelError, type Model, type Prediction } from "sketch-classifier/load";
     import { SketchClassifierElement } from "sketch-classifier/element";
     import { define } from "sketch-classifier/define";
     define("my-digits");
     const element = document.querySelector("sketch-classifier")!;
     element.src = "models/digits/latest.json";
     element.explain = true;
     element.texts = { undo: "Back" };
     element.addEventListener("predict", (event) => {
       const label: string = event.detail.label;
       const same: SketchClassifierElement = element;
       console.log(label, same.prediction?.probabilities[0], event.bubbles);
     });
     element.addEventListener("error", ({ detail }) => { if (detail.code === "network") element.reload(); });
     element.addEventListener("click", (event) => { console.log(event.clientX); });
     element.addEventListener("load", ({ detail }) => { const model: Model = detail; model.dispose(); });
     const made: SketchClassifierElement = document.createElement("sketch-classifier");
     made.clear();
     const model = await load(new URL("https://example.org/latest.json"), { onProgress: ({ loaded, total }) => { console.log(loaded / total); } });
     const answer = await model.predict(document.createElement("canvas"));
     if (answer.label !== null) { const found: Prediction = answer; console.log(found.picture); }
     const sum = await model.explain(new Float32Array(784), "3");
     console.log(sum?.products, new ModelError("input", "…").code);
     element.addEventListener("change", ({ detail }) => { console.log(detail?.label, element.strokes[0]?.[0]?.width); });
     element.strokes = [[{ x: 0.5, y: 0.5 }]];
     const blob: Blob | null = await element.toBlob();
     const form: HTMLFormElement | null = element.form;
     console.log(blob, form, element.value, element.readOnly, element.checkValidity(), (await element.explainAnswer())?.score);
     // @ts-expect-error: not a drawing
     await model.predict("text");
     // @ts-expect-error: read-only
     element.prediction = null;
     // @ts-expect-error: no such text
     element.texts = { undoo: "Back" };`,
  "react.tsx": `import "sketch-classifier";
     import type {} from "sketch-classifier/react";
     export const right = (
       <sketch-classifier src="models/latest.json" explain readOnly value-as="strokes" theme="dark" className="x"
         texts={{ undo: "Back" }} onpredict={({ detail }) => { console.log(detail.label.length); }}
         onload={({ detail }) => { detail.dispose(); }} ref={(element) => { element?.clear(); }}>No pad</sketch-classifier>
     );
     // @ts-expect-error: no such theme
     export const wrong = <sketch-classifier theme="blue" />;
     // @ts-expect-error: no such attribute
     export const unknown = <sketch-classifier source="x" />;`,
  "example.tsx": exampleOf("React", "tsx"),
};

/** Let the application have the packages of frameworks that this project has. */
async function borrow(): Promise<void> {
  for (const borrowed of ["@types/react", "csstype", "vue", "@vue", "svelte"]) {
    const place = join(app, "node_modules", borrowed);
    await mkdir(dirname(place), { recursive: true });
    // it is there already
    await symlink(join(web, "node_modules", borrowed), place).catch(() => undefined);
  }
}

/** Checkers of the frameworks' templates that are no TypeScript. */
const CHECKERS = {
  vue: ["vue-tsc/bin/vue-tsc.js", "--noEmit", "--project", "."],
  svelte: ["svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json"],
} as const;

test.each(["Vue", "Svelte"] as const)(
  "the documented component for %s has the element's types, and a mistake in it is found",
  async (name) => {
    const framework = name.toLowerCase() as keyof typeof CHECKERS;
    await borrow();
    const folder = join(app, framework);
    await mkdir(folder);
    const compilerOptions = {
      ...{ strict: true, checkJs: true, skipLibCheck: true },
      ...{ target: "es2022", module: "esnext", moduleResolution: "bundler" },
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["."] }),
    );
    await writeFile(join(folder, "types.d.ts"), `import "sketch-classifier/${framework}";`);
    const right = exampleOf(name, framework).replace(/https:[^"]+/, "latest.json"); // vue-tsc 3.3 does not look at elements with “//” in them
    await writeFile(join(folder, `Right.${framework}`), right);
    const wrong = right.replace("<sketch-classifier", '<sketch-classifier theme="blue"');
    await writeFile(join(folder, `Wrong.${framework}`), wrong);
    const [checker, ...options] = CHECKERS[framework];
    let report = "";
    try {
      run(folder, process.execPath, join(web, "node_modules", checker), ...options);
    } catch (error) {
      report = String(error);
    }
    expect(report).toContain("blue");
    expect(report.match(/\w+\.(vue|svelte)/g)).toContain(`Wrong.${framework}`);
    expect(report).not.toContain("Right.");
  },
);

/** Check types as users do whose TypeScript finds packages in that way. */
function compile(resolution: string, files: readonly string[]): void {
  const module = resolution === "bundler" ? "esnext" : resolution;
  const options = `--strict --noEmit --skipDefaultLibCheck --target es2022 --lib es2022,dom,dom.iterable --jsx react-jsx
    --module ${module} --moduleResolution ${resolution}`;
  run(
    app,
    process.execPath,
    join(web, "node_modules/typescript/bin/tsc"),
    ...options.split(/\s+/),
    ...files,
  );
}

test("TypeScript knows the API, the element and its events, and templates know the element", async () => {
  const names = Object.keys(CODE);
  for (const name of names) await writeFile(join(app, name), CODE[name]!);
  for (const resolution of TIER === "all" ? ["bundler", "node16"] : ["bundler"])
    compile(resolution, ["main.ts"]);
  await borrow();
  compile("nodenext", names);
});

test("a bundler drops the element from an application that only uses load(), and keeps its registration where it is imported", async () => {
  const bundle = async (code: string): Promise<string> => {
    await writeFile(join(app, "app.js"), code);
    await build({
      configFile: false,
      root: app,
      logLevel: "silent",
      build: {
        outDir: "out",
        emptyOutDir: true,
        modulePreload: false,
        rolldownOptions: { input: join(app, "app.js") },
      },
    });
    const names = await readdir(join(app, "out"), { recursive: true });
    const scripts = names.filter((name) => name.endsWith(".js"));
    return (
      await Promise.all(scripts.map((name) => readFile(join(app, "out", name), "utf8")))
    ).join("\n");
  };
  expect(await bundle('import { load } from "sketch-classifier/load"; load("x");')).not.toContain(
    "attachShadow",
  );
  expect(
    await bundle('import { SketchClassifierElement } from "sketch-classifier/element";'),
  ).not.toContain("attachShadow");
  const whole = await bundle('import "sketch-classifier";');
  expect(whole).toContain("attachShadow");
  expect(whole).toContain("customElements");
  // WebAssembly's binary, which a part of TensorFlow.js finds beside itself.
  const [binary] = (await readdir(join(app, "out/assets"))).filter((name) =>
    name.endsWith(".wasm"),
  );
  expect(whole).toContain(binary ?? "a binary");
});

test("its license and those of the work in it come with it", async () => {
  const read = (name: string) =>
    readFile(join(app, "node_modules/sketch-classifier", name), "utf8");
  expect(await read("LICENSE")).toBe(await readFile(join(web, "../LICENSE"), "utf8"));
  const licenses = await read("assets/LICENSES.txt");
  for (const name of [
    "core",
    "layers",
    "converter",
    "backend-cpu",
    "backend-webgl",
    "backend-wasm",
  ]) {
    expect(licenses).toMatch(
      new RegExp(
        `^@tensorflow/tfjs-${name} [\\d.]+ \\(Apache-2\\.0( AND MIT)?\\)\n {2}Copyright`,
        "m",
      ),
    );
  }
  expect(licenses).toMatch(/^seedrandom [\d.]+ \(MIT\)\n {2}Copyright/m);
  expect(licenses).toContain("XNNPACK"); // in the binary, of which no package tells
  expect(licenses).toContain("Permission is hereby granted");
  expect(licenses).toContain(await read("LICENSE"));
});
