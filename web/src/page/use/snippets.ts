// Code to copy. A new way of using the model is one more line in SNIPPETS. No DOM.
import type { Format, ImageStep, Manifest } from "../../runtime/manifest.ts";
import type { PinnedModules } from "./pinned.ts";

/** What the snippets are made of: this page's and this model's own addresses, all of them absolute. */
export interface Place {
  readonly manifest: Manifest;
  /** Of embed.js, which defines the element. */
  readonly embed: string;
  /** Of frame.html, which shows it in an <iframe>. */
  readonly frame: string;
  /** Of the modules as they are now, for ever the same, with their integrity hashes. */
  readonly modules: PinnedModules;
  /** Of this version, for ever the same. */
  readonly pinned: string;
  /** Of whichever version is current. */
  readonly latest: string;
  /** Turns a path within the version's folder into an address. */
  readonly file: (path: string) => string;
}

export interface Snippet {
  readonly title: string;
  readonly language: "html" | "js" | "python";
  /** Null where this model cannot be used so. */
  readonly code: (place: Place) => string | null;
  /** What the code alone does not say. */
  readonly note: (place: Place) => string;
  /** A page of this site that says more: its words, and its path beside the page. */
  readonly more?: readonly [words: string, path: string];
}

/**
 * @param page Address of the page, e.g. `document.baseURI`.
 * @param pinned Address of the version's manifest.
 * @param modules As integrity.json has them, relative to the page.
 */
export function placeOf(manifest: Manifest, page: string, pinned: string, modules: PinnedModules): Place {
  const absolute = ({ path, integrity }: PinnedModules["embed.js"]) => ({ path: new URL(path, page).href, integrity });
  return {
    manifest,
    embed: new URL("embed.js", page).href,
    frame: new URL("frame.html", page).href,
    modules: {
      "embed.js": absolute(modules["embed.js"]),
      "load.js": absolute(modules["load.js"]),
      "frame.js": absolute(modules["frame.js"]),
    },
    pinned,
    latest: new URL("../latest.json", pinned).href,
    file: (path) => new URL(path, pinned).href,
  };
}

/** The format that answers most like Keras: float32 where there is one. */
function mostExact(manifest: Manifest, route: Format["route"]): Format | null {
  const formats = manifest.formats.filter((format) => format.route === route);
  return formats.find(({ dtype }) => dtype === "float32") ?? formats[0] ?? null;
}

/** What a step does to a picture of `height` × `width` pixels; null: nothing. */
function inWords(step: ImageStep, height: number, width: number): string | null {
  const pixels = (length: number) => Number(length.toPrecision(3));
  switch (step.step) {
    case "deskew":
      return "sheared along x until the ink no longer slants, and centred again";
    case "align":
      return (
        "sheared along x until the ink no longer slants, stretched until it spreads by a standard deviation of " +
        `${pixels(step.height * height)} pixels down and ${pixels(step.width * width)} across (by a factor of ` +
        `${step.limit} at most), and centred again`
      );
    case "scale":
      return step.factor === 1 ? null : `multiplied by ${step.factor}`;
    case "normalize":
      return `less ${String(step.mean)}, divided by ${String(step.deviation)}`;
    case "bgr":
      return "its channels in the order blue, green, red";
    case "flatten":
      return "as one flat list";
    case "channel":
      return "with a last axis of 1";
  }
}

/** What the numbers of a picture are, by the step that its preparation starts with. */
const NUMBERS: Readonly<Record<string, string>> = {
  grey: "each from 0 (black) to 1 (white)",
  rgb: "red, green and blue in 0 to 1",
};

/** The manifest's preparation of a picture, in words. */
export function preparation({ input, preprocess }: Manifest): string {
  const shape = `[1, ${input.shape.join(", ")}]`;
  if (!input.image || !preprocess) return `It takes a tensor of shape ${shape}.`;
  const { height, width } = input.image;
  const steps = preprocess.image.flatMap((step) => inWords(step, height, width) ?? []);
  const list = steps.length === 0 ? "" : `, then ${steps.join(", ")}`;
  const numbers =
    NUMBERS[preprocess.drawing[0]?.step ?? ""] ?? "ink in 0 to 1, bright on dark, its centre of mass in the middle";
  return (
    `Preparing the input is yours: a picture of ${height} × ${width} pixels, ${numbers}${list}; shape ${shape}. ` +
    "The manifest names every step."
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

const input = new Float32Array(${length}); // your picture, prepared
const answer = tf.tidy(() => model.predict(tf.tensor(input, [${[1, ...shape].join(", ")}])).dataSync());
console.log(labels[answer.indexOf(Math.max(...answer))]);`;
};

const drawable = ({ input, preprocess }: Manifest) => input.image !== null && preprocess !== null;

/** A script whose every byte is known: a browser runs it only if it is the very one. */
const scriptOf = ({ path, integrity }: PinnedModules["embed.js"]) =>
  `<script type="module" src="${path}"
  integrity="${integrity}" crossorigin="anonymous"></script>`;

const elementFor = (address: string) =>
  `<sketch-classifier src="${address}" alt="Drawing pad">
  A pad to draw on: it needs JavaScript.
</sketch-classifier>`;

/** For models that look at pictures. */
const forDrawings = (code: (place: Place) => string) => (place: Place) =>
  drawable(place.manifest) ? code(place) : null;

export const SNIPPETS: readonly Snippet[] = [
  {
    title: "A pad in a page of yours",
    language: "html",
    code: forDrawings(({ modules, pinned }) => `${scriptOf(modules["embed.js"])}\n${elementFor(pinned)}`),
    note: () =>
      "Pad, answer and what the model sees, in one element. What stands between its tags is shown until the model is there, " +
      "and where it cannot be loaded. Both addresses stay on this version for ever.",
    more: ["Attributes, events, colours and words, with examples that run", "embed.html"],
  },
  {
    title: "Following new versions",
    language: "html",
    code: forDrawings(({ embed, latest }) => `<script type="module" src="${embed}"></script>\n${elementFor(latest)}`),
    note: () => "With these addresses the version that is published next, and its element, appear in your page then.",
  },
  {
    title: "In a frame",
    language: "html",
    code: forDrawings(
      ({ frame, manifest, modules }) =>
        `<iframe src="${frame}?model=${manifest.name}" title="Drawing pad"
  width="100%" height="760" loading="lazy"
  sandbox="allow-scripts allow-same-origin"></iframe>
${scriptOf(modules["frame.js"])}`,
    ),
    note: () =>
      "For editors that take no scripts: the frame alone works, at that height. With the script it becomes as high as what it shows.",
  },
  {
    title: "Your own pad or picture",
    language: "html",
    code: forDrawings(
      ({ modules, pinned }) => `<canvas id="pad" width="280" height="280"></canvas>
<script type="importmap">
  { "integrity": { "${modules["load.js"].path}":
    "${modules["load.js"].integrity}" } }
</script>
<script type="module">
  import { load } from "${modules["load.js"].path}";

  const model = await load("${pinned}");
  const { label, probabilities } = await model.predict(document.querySelector("#pad"));
  console.log(label, probabilities);
</script>`,
    ),
    note: () =>
      "One module. It checks every file, prepares the drawing as this page does, and answers for a canvas, an image, a Blob " +
      "or pixels of any size. While nothing is drawn, label is null.",
  },
  {
    title: "With a bundler",
    language: "js",
    code: forDrawings(
      ({ pinned }) => `import "sketch-classifier";

const pad = document.createElement("sketch-classifier");
pad.src = "${pinned}";
pad.addEventListener("predict", ({ detail }) => console.log(detail.label));
document.body.append(pad);`,
    ),
    note: () =>
      "The package that “make package” packs: install that file, “npm install ./dist/sketch-classifier-….tgz”; no registry has it.",
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
    note: () => "The very model that was trained; everything else here was made from it.",
  },
];
