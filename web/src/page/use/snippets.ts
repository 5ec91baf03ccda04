// Code to copy. A new way of using the model is a new entry of SNIPPETS. No DOM.
import type { Format, ImageStep, Manifest } from "../../runtime/manifest.ts";
import { embedded } from "../words.ts";
import { pageOf } from "./citation.ts";
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
  /** A page of this site with more information: link text and relative path. */
  readonly more?: readonly [text: string, path: string];
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
  const pixels = (length: number) => Number(length.toPrecision(3));
  switch (step.step) {
    case "invert":
      return "inverted (1 minus each value)";
    case "deskew":
      return "sheared along x to remove the slant, and centred again";
    case "align":
      return (
        "sheared along x to remove the slant, stretched until the standard deviation of the ink is " +
        `${pixels(step.height * height)} pixels vertically and ${pixels(step.width * width)} horizontally (by a factor of ` +
        `at most ${step.limit}), and centred again`
      );
    case "scale":
      return step.factor === 1 ? null : `multiplied by ${step.factor}`;
    case "normalize":
      return `minus ${String(step.mean)}, divided by ${String(step.deviation)}`;
    case "bgr":
      return "with channels in the order blue, green, red";
    case "flatten":
      return "flattened to one list";
    case "channel":
      return "with a final axis of length 1";
  }
}

/** The meaning of the numbers of an image, by the first step of its preprocessing. */
const NUMBERS: Readonly<Record<string, string>> = {
  grey: "each from 0 (black) to 1 (white)",
  rgb: "red, green and blue in 0 to 1",
};

/** The preprocessing of an image, in words. */
export function preparation({ input, preprocess }: Manifest): string {
  const shape = `[1, ${input.shape.join(", ")}]`;
  if (!input.image || !preprocess) return `It takes a tensor of shape ${shape}.`;
  const { height, width } = input.image;
  const steps = preprocess.image.flatMap((step) => describeStep(step, height, width) ?? []);
  const list = steps.length === 0 ? "" : `, then ${steps.join(", ")}`;
  const numbers = NUMBERS[preprocess.drawing[0]?.step ?? ""] ?? "ink from 0 to 1 with its centre of mass in the middle";
  const inverted = preprocess.drawing.some(({ step }) => step === "invert") ? ", inverted" : "";
  return (
    `You prepare the input: an image of ${height} × ${width} pixels, ${numbers}${inverted}${list}; shape ${shape}. ` +
    "The manifest lists every step."
  );
}

const withTfjs = (route: Format["route"], call: string) => (place: Place) => {
  const format = mostExact(place.manifest, route);
  if (!format) return null;
  const { shape } = place.manifest.input;
  const length = shape.reduce((product, side) => product * side, 1);
  return `import * as tf from "@tensorflow/tfjs";

const model = await tf.${call}("${place.file(format.path)}");
const labels = ${JSON.stringify(place.manifest.labels)};

const input = new Float32Array(${length}); // your image, prepared
const answer = tf.tidy(() => model.predict(tf.tensor(input, [${[1, ...shape].join(", ")}])).dataSync());
console.log(labels[answer.indexOf(Math.max(...answer))]);`;
};

const drawable = ({ input, preprocess }: Manifest) => input.image !== null && preprocess !== null;

/** A script with an integrity hash: the browser runs it only if its content is unchanged. */
const scriptOf = ({ path, integrity }: Pinned) =>
  `<script type="module" src="${path}"
  integrity="${integrity}" crossorigin="anonymous"></script>`;

/**
 * Readers see what is between the tags while it loads, and instead of it if the site is down or they have no JavaScript: it
 * is right in each of these cases.
 *
 * @param integrity Hash of the file at the address.
 */
function elementFor(manifest: Manifest, address: string, integrity: string | null = null): string {
  const { name, thing } = embedded(manifest);
  const hash = integrity === null ? "" : `\n  integrity="${integrity}"`;
  return `<sketch-classifier src="${address}"${hash} alt="${name}">
  The ${thing} belongs here. If it does not appear, it could not be loaded, or JavaScript is off.
</sketch-classifier>`;
}

/** frame.html with the current version of the model. */
const frameOf = ({ frame, manifest }: Place) => `${frame}?model=${manifest.name}`;

/** What readers can be told of a frame whether its site is up or down. */
const missing = ({ manifest, page }: Place) =>
  `The ${embedded(manifest).thing} comes from <a href="${page}">${new URL(page).host}</a>.
  If it is missing, that site cannot be reached.`;

/** @param sentence True where the manifest's hash is known. */
const pinnedBy = ({ integrity }: Place, sentence: string) =>
  integrity === null
    ? "This pins the code alone: the manifest’s hash could not be computed here. Over https it can."
    : sentence;

/** For models that read images. */
const forDrawings = (code: (place: Place) => string) => (place: Place) =>
  drawable(place.manifest) ? code(place) : null;

export const SNIPPETS: readonly Snippet[] = [
  {
    title: "A drawing pad for your page",
    language: "html",
    code: forDrawings(
      ({ manifest, modules, pinned, integrity }) =>
        `${scriptOf(modules["embed.js"])}\n${elementFor(manifest, pinned, integrity)}`,
    ),
    note: (place) =>
      "Pad, answers and what the model sees, in one element. The content between its tags is shown until the model has " +
      "loaded, and if it cannot be loaded. " +
      pinnedBy(place, "Whatever happens to this site, your page runs this code and this model, or neither."),
    more: ["Attributes, events, colours and texts, with live examples", "embed.html"],
  },
  {
    title: "Always the latest version",
    language: "html",
    code: forDrawings(
      ({ manifest, embed, latest }) =>
        `<script type="module" src="${embed}"></script>\n${elementFor(manifest, latest)}`,
    ),
    note: () => "These addresses lead to the current version: when a new one is published, your page shows it.",
  },
  {
    title: "In a frame",
    language: "html",
    code: forDrawings(
      (place) => `<iframe src="${frameOf(place)}" title="${embedded(place.manifest).name}"
  width="100%" height="760" loading="lazy"
  sandbox="allow-scripts allow-same-origin"></iframe>
<p>
  ${missing(place)}
</p>
${scriptOf(place.modules["frame.js"])}`,
    ),
    note: () =>
      "For editors that do not allow scripts: the frame works without one, at a fixed height. With the script it fits its " +
      "content. It shows the current version. While this site is down, browsers show an error or nothing in the frame: " +
      "the line below it tells readers what is missing.",
  },
  {
    title: "In an object",
    language: "html",
    code: forDrawings(
      (place) => `<object data="${frameOf(place)}" type="text/html" aria-label="${embedded(place.manifest).name}"
  width="100%" height="760">
  ${missing(place)}
</object>`,
    ),
    note: () =>
      "At a fixed height. While this site is down, readers see the words between the tags in its place. It has no sandbox, so " +
      "it is for a site that you trust.",
  },
  {
    title: "In a frame, pinned",
    language: "html",
    code: forDrawings(
      ({ manifest, modules, pinned, integrity }) =>
        `<iframe title="${embedded(manifest).name}" width="100%" height="760" loading="lazy" sandbox="allow-scripts" srcdoc='
${scriptOf(modules["embed.js"])}
${scriptOf(modules["frame-content.js"])}
${elementFor(manifest, pinned, integrity)}'></iframe>
${scriptOf(modules["frame.js"])}`,
    ),
    note: (place) =>
      "The frame’s content is in your own page, and has no access to it. " +
      pinnedBy(place, "It runs this code and this model, or neither."),
  },
  {
    title: "Your own canvas or image",
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
    note: (place) =>
      "One module. It verifies every file, preprocesses the drawing as this page does, and accepts a canvas, an image, a Blob " +
      "or pixels of any size. While nothing is drawn, label is null. " +
      pinnedBy(place, "The import map and the script are both needed: each holds where a browser ignores the other."),
  },
  {
    title: "With a bundler",
    language: "js",
    code: forDrawings(
      ({ pinned, integrity }) => `import "sketch-classifier";

const pad = document.createElement("sketch-classifier");
pad.src = "${pinned}";
${integrity === null ? "" : `pad.integrity = "${integrity}";\n`}pad.addEventListener("predict", ({ detail }) => console.log(detail.label));
document.body.append(pad);`,
    ),
    note: () =>
      "Build the package with “make package” and install the file: “npm install ./dist/sketch-classifier-….tgz”. It is not in a registry.",
  },
  {
    title: "With plain TensorFlow.js",
    language: "js",
    code: withTfjs("layers", "loadLayersModel"),
    note: ({ manifest }) => preparation(manifest),
  },
  {
    title: "As a graph model",
    language: "js",
    code: (place) => (mostExact(place.manifest, "layers") ? null : withTfjs("graph", "loadGraphModel")(place)),
    note: ({ manifest }) => preparation(manifest),
  },
  {
    title: "In Python, with Keras",
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
    note: () => "The trained model itself. Everything else here is derived from it.",
  },
];
