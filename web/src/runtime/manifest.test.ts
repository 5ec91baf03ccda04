import { expect, test } from "vitest";
import { manifestOf, softmaxFormats } from "../testing/published.ts";
import { refusal } from "../testing/refusal.ts";
import { parseManifest } from "./manifest.ts";
import { ALL_STEPS } from "./preprocess/all-steps.ts";
import { checkSteps } from "./preprocess/steps.ts";

const formats = softmaxFormats(4, 3);
const labels = ["a", "b", "c"];
type Json = Record<string, unknown>;

/** A fresh manifest of a model that looks at 2 × 2 pixels, with `change` made to it. */
function manifest(change: (json: Json) => void = () => undefined): Json {
  const preprocess = {
    drawing: [{ step: "ink" }, { step: "fit", box: 2 }, { step: "center", height: 2, width: 2 }],
    image: [{ step: "deskew" }, { step: "scale", factor: 1 }, { step: "flatten" }],
  };
  const input = { image: { height: 2, width: 2, channels: 1 } };
  const json = structuredClone(manifestOf(formats, 4, labels, { input, preprocess }));
  change(json);
  return json;
}

/** All checks, as load() makes them. */
function check(value: unknown, where?: string) {
  const manifest = parseManifest(value, where);
  if (manifest.preprocess) checkSteps(manifest, "manifest", ALL_STEPS);
  return manifest;
}

/** Puts `value` where `path` (keys, separated by dots) says; undefined removes the field. */
function put(path: string, value: unknown) {
  return (json: Json): void => {
    const keys = path.split(".");
    const last = keys.pop()!;
    let parent = json;
    for (const key of keys) parent = parent[key] as Json;
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else parent[last] = value;
  };
}

test("a manifest as the pipeline writes it is accepted, with fields of later versions, without what no prediction needs", () => {
  const json = manifest((json) => {
    put("novelty", 7)(json);
    put("input.image.novelty", "7")(json);
  });
  expect(check(json)).toMatchObject(json);
  const lacking = manifest((json) => {
    for (const key of ["preprocess", "verification", "skipped_formats"]) put(key, undefined)(json);
  });
  expect(check(lacking)).toEqual(lacking);
});

test.each([
  ["an unknown schema", "schema", 2],
  ["no schema", "schema", undefined],
  ["no name", "name", undefined],
  ["a name with a path in it", "name", "../other"],
  ["a version with a path in it", "version", "a/b"],
  ["labels that are no list", "labels", "abc"],
  ["a label that is no text", "labels.1", 1],
  ["fewer labels than outputs", "labels", ["a", "b"]],
  ["no input", "input", undefined],
  ["an input shape of nothing", "input.shape", [0]],
  ["an input shape that the image does not fill", "input.image.height", 3],
  ["an image whose channels are no number", "input.image.channels", "1"],
  ["an image without width", "input.image.width", undefined],
  ["an output of two axes", "output.shape", [1, 3]],
  ["an output that is no probabilities", "output.kind", "logits"],
  ["preprocessing without steps", "preprocess", {}],
  ["a picture of another size than the model's", "preprocess.drawing.2.width", 3],
  [
    "ink for a model of colours",
    "input",
    { shape: [12], image: { height: 2, width: 2, channels: 3 } },
  ],
  ["colours for a model of ink", "preprocess.drawing", [{ step: "rgb", background: 1 }]],
  ["a background that is no shade", "preprocess.drawing", [{ step: "grey", background: 2 }]],
  ["a picture larger than any tab can hold", "preprocess.drawing.1.box", 2 ** 30],
  [
    "a deviation of nothing",
    "preprocess.image.1",
    { step: "normalize", mean: 0, deviation: [1, 0, 1] },
  ],
  [
    "a mean that is no number",
    "preprocess.image.1",
    { step: "normalize", mean: [0, "0", 0], deviation: 1 },
  ],
  ["a box of no size", "preprocess.drawing.1.box", 0],
  ["a scale that is no number", "preprocess.image.1.factor", "1"],
  ["a step that is no object", "preprocess.image.0", null],
  ["formats that are no list", "formats", {}],
  ["a format without files", "formats.0.files", undefined],
  ["a file without size", "formats.0.files.0.bytes", undefined],
  ["a file of negative size", "formats.0.files.0.bytes", -1],
  ["a file without digest", "formats.0.files.0.sha256", undefined],
  ["checks that are no list", "verification.checks", null],
  ["a check without a result", "verification.checks.0.passed", undefined],
])("%s is refused", (_, path, value) => {
  expect(() => check(manifest(put(path, value)))).toThrow(refusal("manifest"));
});

test.each([
  "../model.json",
  "a/../../model.json",
  "/model.json",
  "//evil.example/model.json",
  "https://evil.example/model.json",
  "javascript:alert(1)",
  "a\\..\\model.json",
  "a/%2e%2e/model.json",
  "a//model.json",
  "./model.json",
  "a/",
  "model.json?x",
  "model.json#x",
  "",
  7,
])("a file at %j is refused: it would lie outside the version's folder", (path) => {
  const expected = /must be a path inside the version's folder/;
  expect(() => check(manifest(put("formats.0.files.0.path", path)))).toThrow(expected);
  expect(() => check(manifest(put("formats.0.path", path)))).toThrow(expected);
});

test.each(["blur", "constructor", undefined, 7])(
  "the unknown step %j is refused as unsupported",
  (step) => {
    expect(() => check(manifest(put("preprocess.image.0.step", step)))).toThrow(
      refusal("unsupported"),
    );
  },
);

test.each([
  ["preprocess.drawing.0.threshold", 0.1],
  ["preprocess.drawing.1.bocks", 2],
  ["preprocess.drawing.2.channels", 1],
  ["preprocess.image.0.limit", 2], // align has it
  ["preprocess.image.1.constructor", 1],
  ["preprocess.image.2.checks", {}],
])("the unknown parameter at %s is refused as unsupported, and named", (path, value) => {
  const message = `"${path.split(".").at(-1)!}":${JSON.stringify(value)}}. Use the embed.js`;
  expect(() => check(manifest(put(path, value)))).toThrow(refusal("unsupported", message));
});

test("the message says where, what was received and what to do", () => {
  expect(() => check(manifest(put("input.shape", "x")), "https://a.example/manifest.json")).toThrow(
    'https://a.example/manifest.json.input.shape must be a shape. Received: "x". Check the address, or',
  );
});
