// Code to copy. A new way of using the model is one more line in SNIPPETS. No DOM.
import type { Format, ImageStep, Manifest } from "../../runtime/manifest.ts";

/** What the snippets are made of: this page's and this model's own addresses, all of them absolute. */
export interface Place {
  readonly manifest: Manifest;
  /** Of embed.js, which defines the element. */
  readonly embed: string;
  /** Of load.js, the module without it. */
  readonly load: string;
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
}

/** @param page Address of the page, e.g. `document.baseURI`. @param pinned Address of the version's manifest. */
export function placeOf(manifest: Manifest, page: string, pinned: string): Place {
  return {
    manifest,
    embed: new URL("embed.js", page).href,
    load: new URL("load.js", page).href,
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
  const shape = ["1", ...place.manifest.input.shape.map(String)].join(", ");
  return `import * as tf from "@tensorflow/tfjs";

const model = await tf.${call}("${place.file(format.path)}");
const labels = ${JSON.stringify(place.manifest.labels)};

const answer = tf.tidy(() => model.predict(tf.tensor(input, [${shape}])).dataSync());
console.log(labels[answer.indexOf(Math.max(...answer))]);`;
};

const drawable = ({ input, preprocess }: Manifest) => input.image !== null && preprocess !== null;

const onAPage = (place: Place, address: string) =>
  drawable(place.manifest)
    ? `<canvas id="pad" width="280" height="280"></canvas>
<script type="module">
  import { load } from "${place.load}";

  const model = await load("${address}");
  const { label, probabilities } = await model.predict(document.querySelector("#pad"));
</script>`
    : null;

const asATag = (place: Place, address: string) =>
  drawable(place.manifest)
    ? `<script type="module" src="${place.embed}"></script>
<sketch-classifier src="${address}" alt="Drawing pad">
  A pad to draw on: it needs JavaScript.
</sketch-classifier>`
    : null;

export const SNIPPETS: readonly Snippet[] = [
  {
    title: "A pad in a page of yours",
    language: "html",
    code: (place) => asATag(place, place.pinned),
    note: () =>
      "Pad, answer and what the model sees, in one element. What stands between its tags is shown until the model is there, " +
      "and where it cannot be loaded. This address stays on this version for ever; embed.html beside this page documents the rest.",
  },
  {
    title: "Your own pad or picture",
    language: "html",
    code: (place) => onAPage(place, place.pinned),
    note: () =>
      "One module. It checks every file, prepares the drawing as this page does, and answers for a canvas, an image, a Blob " +
      "or pixels of any size. While nothing is drawn, label is null.",
  },
  {
    title: "Following new versions",
    language: "html",
    code: ({ manifest, latest }) =>
      drawable(manifest) ? `<sketch-classifier src="${latest}"></sketch-classifier>` : null,
    note: () => "With this address, for the element or for load(), the version that is published next answers then.",
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
