// Code to copy. No DOM.
import type { Format, Manifest } from "../../runtime/manifest.ts";
import { say } from "../language.ts";
import { embedded } from "../words.ts";
import type { Pinned, PinnedModules } from "./pinned.ts";

/** Address of the page with this model chosen, and nothing else from the visitor's address. */
export function pageOf(page: string, name: string): string {
  const address = new URL(".", page);
  address.searchParams.set("model", name);
  return address.href;
}

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
  /**
   * Address of this version's manifest, which never changes, and its integrity hash if that is
   * known.
   */
  readonly pinned: string;
  readonly integrity: string | null;
  /** Address of the current version. */
  readonly latest: string;
  /** Turns a path within the version's folder into an address. */
  readonly file: (path: string) => string;
}

export interface Snippet {
  readonly title: string;
  readonly code: string;
  /** Explains what the code does not show. */
  readonly note?: string;
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
  const absolute = ({ path, integrity }: Pinned): Pinned => ({
    path: new URL(path, base).href,
    integrity,
  });
  return {
    manifest,
    embed: new URL("embed.js", base).href,
    page: pageOf(base, manifest.name),
    frame: new URL("frame.html", base).href,
    modules: Object.fromEntries(
      Object.entries(modules).map(([name, one]) => [name, absolute(one)]),
    ) as unknown as PinnedModules,
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

/** For stock TensorFlow.js. @returns Null if there is no format for this call. */
function withTfjs(
  { manifest, file }: Place,
  route: Format["route"],
  call: string,
  title: string,
): Snippet | null {
  const format = mostExact(manifest, route);
  if (!format) return null;
  const { shape } = manifest.input;
  const length = shape.reduce((product, side) => product * side, 1);
  const tensor = `[${[1, ...shape].join(", ")}]`;
  const code = `import * as tf from "@tensorflow/tfjs";

const model = await tf.${call}("${file(format.path)}");
const labels = ${JSON.stringify(manifest.labels)};

const input = new Float32Array(${length}); // ${say.use.yourImage}
const answer = tf.tidy(() => model.predict(tf.tensor(input, ${tensor})).dataSync());
console.log(labels[answer.indexOf(Math.max(...answer))]);`;
  return { title, code, note: say.use.takes(tensor) };
}

/** A script with an integrity hash: the browser runs it only if its content is unchanged. */
const scriptOf = ({ path, integrity }: Pinned) =>
  `<script type="module" src="${path}"
  integrity="${integrity}" crossorigin="anonymous"></script>`;

/**
 * The height that the element takes, a theme's padding included: in two columns, or in one on a
 * phone. Reserved before the script arrives, so that nothing below it moves. panels.css and
 * frame/page.css have the same.
 */
export const HEIGHT = "clamp(500px, (480px - 100vw) * 99, 100vw + 500px)";
/** The element's, as people write it: browsers shorten what they are asked for. */
export const STYLE = `display: block; min-height: ${HEIGHT}`;
/** For both a theme and `explain`, whose picture is higher. */
export const HIGHER = STYLE.replaceAll("500px", "520px");

/**
 * Readers see what is between the tags while it loads, and instead of it if the site is down or
 * they have no JavaScript: it is right in each of these cases.
 *
 * @param integrity Hash of the file at the address.
 */
function elementFor(manifest: Manifest, address: string, integrity: string | null = null): string {
  const { name, thing } = embedded(manifest);
  const hash = integrity === null ? "" : `\n  integrity="${integrity}"`;
  return `<sketch-classifier src="${address}"${hash} alt="${name}"
  style="${STYLE}">
  ${say.use.belongs(thing)}
</sketch-classifier>`;
}

/** The ways of using this model. */
export function snippetsOf(place: Place): readonly Snippet[] {
  const { manifest, file } = place;
  const { tfjs, graph, keras } = say.use;
  const plain =
    withTfjs(place, "layers", "loadLayersModel", tfjs.title) ??
    withTfjs(place, "graph", "loadGraphModel", graph.title);
  const trained = manifest.files?.["keras"];
  return [
    ...(manifest.input.image && manifest.preprocess ? forDrawings(place) : []),
    ...(plain ? [plain] : []),
    ...(trained
      ? [
          {
            ...keras,
            code: `import keras

path = keras.utils.get_file(
    "${manifest.name}-${manifest.version}.keras",
    "${file(trained.path)}",
    file_hash="${trained.sha256}",
)
model = keras.saving.load_model(path)`,
          },
        ]
      : []),
  ];
}

/** For models that read images. */
function forDrawings({
  manifest,
  embed,
  page,
  frame,
  modules,
  pinned,
  integrity,
  latest,
}: Place): readonly Snippet[] {
  const words = say.use;
  const { name, thing } = embedded(manifest);
  /** True where the manifest's hash is known. */
  const pinnedBy = (sentence: string) => (integrity === null ? words.pinsCodeAlone : sentence);
  const element = elementFor(manifest, pinned, integrity);
  const load = modules["load.js"];
  return [
    {
      title: words.pad.title,
      code: `${scriptOf(modules["embed.js"])}\n${element}`,
      note: `${words.pad.note} ${pinnedBy(words.pad.pinned)}`,
    },
    {
      ...words.latest,
      code: `<script type="module" src="${embed}"></script>\n${elementFor(manifest, latest)}`,
    },
    {
      ...words.frame,
      // The line below it is true whether the site is up or down.
      code: `<iframe src="${frame}?model=${manifest.name}" title="${name}"
  width="100%" height="760" loading="lazy" style="border: 0; height: ${HEIGHT}"
  sandbox="allow-scripts allow-same-origin"></iframe>
<p>
  ${words.comesFrom(thing, `<a href="${page}">${new URL(page).host}</a>`)}
</p>
${scriptOf(modules["frame.js"])}`,
    },
    {
      title: words.pinned.title,
      code: `<iframe title="${name}" width="100%" height="760" loading="lazy"
  style="border: 0; height: ${HEIGHT}" sandbox="allow-scripts" srcdoc='
${scriptOf(modules["embed.js"])}
${scriptOf(modules["frame-content.js"])}
${element}'></iframe>
${scriptOf(modules["frame.js"])}`,
      note: `${words.pinned.note} ${pinnedBy(words.pinned.pinned)}`,
    },
    {
      title: words.load.title,
      code: `<canvas id="pad" width="280" height="280"></canvas>
<script type="importmap">
  { "integrity": { "${load.path}":
    "${load.integrity}" } }
</script>
${scriptOf(load)}
<script type="module">
  import { load } from "${load.path}";

  const model = await load("${pinned}"${integrity === null ? "" : `,\n    { integrity: "${integrity}" }`});
  const { label, probabilities } = await model.predict(document.querySelector("#pad"));
  console.log(label, probabilities);
</script>`,
      note: `${words.load.note} ${pinnedBy(words.load.pinned)}`,
    },
    {
      ...words.bundler,
      code: `import "sketch-classifier";

const pad = document.createElement("sketch-classifier");
pad.src = "${pinned}";
${integrity === null ? "" : `pad.integrity = "${integrity}";\n`}pad.addEventListener("predict", ({ detail }) => console.log(detail.label));
document.body.append(pad);`,
    },
  ];
}
