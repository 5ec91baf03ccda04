// Code to copy. A new way of using the model is a new entry of SNIPPETS. No DOM.
import type { Format, Manifest } from "../../runtime/manifest.ts";
import type { ImageStep } from "../../runtime/schema.ts";
import { kilobytes, significant } from "../format.ts";
import { say } from "../language.ts";
import { embedded } from "../words.ts";
import { pageOf } from "./rights.ts";
import type { Pinned, PinnedModules } from "./pinned.ts";

/** The data for the snippets. All addresses are absolute. */
export interface Place {
  readonly manifest: Manifest;
  /** Address of embed.js, which defines the element. */
  readonly embed: string;
  /** Address of the page that shows this model, for a link. */
  readonly page: string;
  /** Address of frame.html, which shows it in an <iframe>. */
  readonly frame: string;
  /** The published modules at addresses that never change content, with integrity hashes. */
  readonly modules: PinnedModules;
  /** Address of this version's manifest, which never changes, and its integrity hash if that is known. */
  readonly pinned: string;
  readonly integrity: string | null;
  /** Address of the current version. */
  readonly latest: string;
  /** Turns a path within the version's folder into an address. */
  readonly file: (path: string) => string;
}

export interface Snippet {
  readonly title: string;
  readonly language: "html" | "js" | "python";
  /** Null if this model cannot be used in this way. */
  readonly code: (place: Place) => string | null;
  /** Explains what the code does not show. */
  readonly note: (place: Place) => string;
}

/**
 * @param base Address of the site, or of a page there.
 * @param pinned Address of the version's manifest.
 * @param integrity Its hash, or null.
 * @param modules As integrity.json has them, relative to the site.
 */
export function placeOf(
  manifest: Manifest,
  base: string,
  pinned: string,
  integrity: string | null,
  modules: PinnedModules,
): Place {
  const absolute = ({ path, integrity }: Pinned): Pinned => ({ path: new URL(path, base).href, integrity });
  return {
    manifest,
    embed: new URL("embed.js", base).href,
    page: pageOf(base, manifest.name),
    frame: new URL("frame.html", base).href,
    modules: {
      "embed.js": absolute(modules["embed.js"]),
      "load.js": absolute(modules["load.js"]),
      "frame.js": absolute(modules["frame.js"]),
      "frame-content.js": absolute(modules["frame-content.js"]),
    },
    pinned,
    integrity,
    latest: new URL("../latest.json", pinned).href,
    file: (path) => new URL(path, pinned).href,
  };
}

/** The format closest to Keras: float32 if there is one. */
function mostExact(manifest: Manifest, route: Format["route"]): Format | null {
  const formats = manifest.formats.filter((format) => format.route === route);
  return formats.find(({ dtype }) => dtype === "float32") ?? formats[0] ?? null;
}

/** Describe the effect of a step on an image of `height` × `width` pixels; null if it has none. */
function describeStep(step: ImageStep, height: number, width: number): string | null {
  const words = say.use.steps;
  switch (step.step) {
    case "align":
      return words.align(significant(step.height * height), significant(step.width * width), significant(step.limit));
    case "scale":
      return step.factor === 1 ? null : words.scale(significant(step.factor, 12));
    case "normalize":
      return words.normalize(numbersOf(step.mean), numbersOf(step.deviation));
    case "invert":
    case "deskew":
    case "bgr":
    case "flatten":
    case "channel":
      return words[step.step];
  }
}

const numbersOf = (values: number | readonly number[]): string =>
  [values]
    .flat()
    .map((value) => significant(value, 12))
    .join("; ");

/** The preprocessing of an image, in words. */
export function preparation({ input, preprocess }: Manifest): string {
  const shape = `[1, ${input.shape.join(", ")}]`;
  if (!input.image || !preprocess) return say.use.takes(shape);
  const { height, width } = input.image;
  const [first] = preprocess.drawing;
  const numbers = first?.step === "grey" || first?.step === "rgb" ? first.step : "ink";
  const steps = preprocess.image.flatMap((step) => describeStep(step, height, width) ?? []);
  const inverted = preprocess.drawing.some(({ step }) => step === "invert") ? [say.use.inverted] : [];
  return say.use.prepare(`${height} × ${width}`, [say.use.numbers[numbers], ...inverted].join(", "), steps, shape);
}

const withTfjs = (route: Format["route"], call: string) => (place: Place) => {
  const format = mostExact(place.manifest, route);
  if (!format) return null;
  const { shape } = place.manifest.input;
  const length = shape.reduce((product, side) => product * side, 1);
  return `import * as tf from "@tensorflow/tfjs";

const model = await tf.${call}("${place.file(format.path)}");
const labels = ${JSON.stringify(place.manifest.labels)};

const input = new Float32Array(${length}); // ${say.use.yourImage}
const answer = tf.tidy(() => model.predict(tf.tensor(input, [${[1, ...shape].join(", ")}])).dataSync());
console.log(labels[answer.indexOf(Math.max(...answer))]);`;
};

/** Where the file of another format lies, and the input that its runtime is given; null if the manifest lists none. */
const withFile =
  (route: Format["route"], code: (address: string, input: string, shape: string, labels: string) => string) =>
  ({ manifest, file }: Place) => {
    const format = mostExact(manifest, route);
    if (!format) return null;
    const { shape } = manifest.input;
    const length = shape.reduce((product, side) => product * side, 1);
    const input = `const input = new Float32Array(${length}); // ${say.use.yourImage}`;
    return code(file(format.path), input, [1, ...shape].join(", "), JSON.stringify(manifest.labels));
  };

/** Name and size of the route's most exact file. */
function fileOf(manifest: Manifest, route: Format["route"]): string {
  const format = mostExact(manifest, route);
  return format ? `${format.path.split("/").at(-1) ?? ""}, ${kilobytes(format.bytes)}` : "";
}

const drawable = ({ input, preprocess }: Manifest) => input.image && preprocess;

/** A script with an integrity hash: the browser runs it only if its content is unchanged. */
const scriptOf = ({ path, integrity }: Pinned) =>
  `<script type="module" src="${path}"
  integrity="${integrity}" crossorigin="anonymous"></script>`;

/**
 * The height that the element takes: in two columns, or in one on a phone. Reserved before the script arrives, so that nothing
 * below it moves. docs.css and frame/page.css have the same.
 */
export const HEIGHT = "clamp(480px, (480px - 100vw) * 99, 100vw + 480px)";

/**
 * Readers see what is between the tags while it loads, and instead of it if the site is down or they have no JavaScript: it
 * is right in each of these cases.
 *
 * @param integrity Hash of the file at the address.
 */
function elementFor(manifest: Manifest, address: string, integrity: string | null = null): string {
  const { name, thing } = embedded(manifest);
  const hash = integrity === null ? "" : `\n  integrity="${integrity}"`;
  return `<sketch-classifier src="${address}"${hash} alt="${name}"
  style="display: block; min-height: ${HEIGHT}">
  ${say.use.belongs(thing)}
</sketch-classifier>`;
}

/** frame.html with the current version of the model. */
const frameOf = ({ frame, manifest }: Place) => `${frame}?model=${manifest.name}`;

/** A line below a frame that is true whether its site is up or down. */
const missing = ({ manifest, page }: Place) =>
  say.use.comesFrom(embedded(manifest).thing, `<a href="${page}">${new URL(page).host}</a>`);

/** @param sentence True where the manifest's hash is known. */
const pinnedBy = ({ integrity }: Place, sentence: string) => (integrity === null ? say.use.pinsCodeAlone : sentence);

/** For models that read images. */
const forDrawings = (code: (place: Place) => string) => (place: Place) =>
  drawable(place.manifest) ? code(place) : null;

export const SNIPPETS: readonly Snippet[] = [
  {
    get title() {
      return say.use.pad.title;
    },
    language: "html",
    code: forDrawings(
      ({ manifest, modules, pinned, integrity }) =>
        `${scriptOf(modules["embed.js"])}\n${elementFor(manifest, pinned, integrity)}`,
    ),
    note: (place) => `${say.use.pad.note} ${pinnedBy(place, say.use.pad.pinned)}`,
  },
  {
    get title() {
      return say.use.latest.title;
    },
    language: "html",
    code: forDrawings(
      ({ manifest, embed, latest }) =>
        `<script type="module" src="${embed}"></script>\n${elementFor(manifest, latest)}`,
    ),
    note: () => say.use.latest.note,
  },
  {
    get title() {
      return say.use.frame.title;
    },
    language: "html",
    code: forDrawings(
      (place) => `<iframe src="${frameOf(place)}" title="${embedded(place.manifest).name}"
  width="100%" height="760" style="height: ${HEIGHT}" loading="lazy"
  sandbox="allow-scripts allow-same-origin"></iframe>
<p>
  ${missing(place)}
</p>
${scriptOf(place.modules["frame.js"])}`,
    ),
    note: () => say.use.frame.note,
  },
  {
    get title() {
      return say.use.object.title;
    },
    language: "html",
    code: forDrawings(
      (place) => `<object data="${frameOf(place)}" type="text/html" aria-label="${embedded(place.manifest).name}"
  width="100%" height="760" style="height: ${HEIGHT}">
  ${missing(place)}
</object>`,
    ),
    note: () => say.use.object.note,
  },
  {
    get title() {
      return say.use.pinned.title;
    },
    language: "html",
    code: forDrawings(
      ({ manifest, modules, pinned, integrity }) =>
        `<iframe title="${embedded(manifest).name}" width="100%" height="760" style="height: ${HEIGHT}"
  loading="lazy" sandbox="allow-scripts" srcdoc='
${scriptOf(modules["embed.js"])}
${scriptOf(modules["frame-content.js"])}
${elementFor(manifest, pinned, integrity)}'></iframe>
${scriptOf(modules["frame.js"])}`,
    ),
    note: (place) => `${say.use.pinned.note} ${pinnedBy(place, say.use.pinned.pinned)}`,
  },
  {
    get title() {
      return say.use.load.title;
    },
    language: "html",
    code: forDrawings(
      ({ modules, pinned, integrity }) => `<canvas id="pad" width="280" height="280"></canvas>
<script type="importmap">
  { "integrity": { "${modules["load.js"].path}":
    "${modules["load.js"].integrity}" } }
</script>
${scriptOf(modules["load.js"])}
<script type="module">
  import { load } from "${modules["load.js"].path}";

  const model = await load("${pinned}"${integrity === null ? "" : `,\n    { integrity: "${integrity}" }`});
  const { label, probabilities } = await model.predict(document.querySelector("#pad"));
  console.log(label, probabilities);
</script>`,
    ),
    note: (place) => `${say.use.load.note} ${pinnedBy(place, say.use.load.pinned)}`,
  },
  {
    get title() {
      return say.use.bundler.title;
    },
    language: "js",
    code: forDrawings(
      ({ pinned, integrity }) => `import "sketch-classifier";

const pad = document.createElement("sketch-classifier");
pad.src = "${pinned}";
${integrity === null ? "" : `pad.integrity = "${integrity}";\n`}pad.addEventListener("predict", ({ detail }) => console.log(detail.label));
document.body.append(pad);`,
    ),
    note: () => say.use.bundler.note,
  },
  {
    get title() {
      return say.use.tfjs.title;
    },
    language: "js",
    code: withTfjs("layers", "loadLayersModel"),
    note: ({ manifest }) => preparation(manifest),
  },
  {
    get title() {
      return say.use.graph.title;
    },
    language: "js",
    code: (place) => (mostExact(place.manifest, "layers") ? null : withTfjs("graph", "loadGraphModel")(place)),
    note: ({ manifest }) => preparation(manifest),
  },
  {
    get title() {
      return say.use.onnx.title;
    },
    language: "js",
    code: withFile(
      "onnx",
      (address, input, shape, labels) => `import * as ort from "onnxruntime-web/wasm";

const session = await ort.InferenceSession.create("${address}");
const labels = ${labels};

${input}
const taken = { [session.inputNames[0]]: new ort.Tensor("float32", input, [${shape}]) };
const answer = (await session.run(taken))[session.outputNames[0]].data;
console.log(labels[answer.indexOf(Math.max(...answer))]);`,
    ),
    note: ({ manifest }) => `${say.use.onnx.note(fileOf(manifest, "onnx"))} ${preparation(manifest)}`,
  },
  {
    get title() {
      return say.use.litert.title;
    },
    language: "js",
    code: withFile(
      "litert",
      (address, input, shape, labels) => `import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

await loadLiteRt("wasm/"); // ${say.use.litert.folder}
const model = await loadAndCompile("${address}", { accelerator: "wasm" });
const labels = ${labels};

${input}
const [output] = await model.run([new Tensor(input, [${shape}])]);
const answer = output.toTypedArray();
console.log(labels[answer.indexOf(Math.max(...answer))]);`,
    ),
    note: ({ manifest }) => `${say.use.litert.note(fileOf(manifest, "litert"))} ${preparation(manifest)}`,
  },
  {
    get title() {
      return say.use.keras.title;
    },
    language: "python",
    code: ({ manifest, file }) => {
      const keras = manifest.files?.["keras"];
      return keras
        ? `import keras

path = keras.utils.get_file(
    "${manifest.name}-${manifest.version}.keras",
    "${file(keras.path)}",
    file_hash="${keras.sha256}",
)
model = keras.saving.load_model(path)`
        : null;
    },
    note: () => say.use.keras.note,
  },
];
