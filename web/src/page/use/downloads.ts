// Everything that was published with this version, to take away.
import type { FileDigest, Manifest } from "../../runtime/manifest.ts";
import { create } from "../dom.ts";
import { kilobytes } from "../format.ts";
import { table } from "../tables.ts";

export interface Download {
  readonly title: string;
  /** What it is for. */
  readonly purpose: string;
  /** Bytes are null where the manifest does not list the file. */
  readonly files: readonly { readonly path: string; readonly bytes: number | null }[];
}

/** By key of the manifest's `files`; the others serve this page only, or are part of a line above. */
const FILES: Readonly<Record<string, readonly [title: string, purpose: string]>> = {
  keras: ["Keras", "the model as it was trained: keras.saving.load_model"],
  evaluation: ["Evaluation", "every number of “How good it is”, with all mistakes"],
  history: ["Training history", "loss and accuracy after each epoch"],
  reference: ["Reference answers", "test images with Keras’ own probabilities, to check a port with"],
};
/** Files that go with one of those. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  evaluation: ["mistake_images"],
  history: ["snapshots"],
  reference: ["reference_images"],
};

const CALLS = { layers: "tf.loadLayersModel", graph: "tf.loadGraphModel" } as const;

/** What there is to download, formats first. */
export function downloadsOf(manifest: Manifest): readonly Download[] {
  const formats = manifest.formats.map(({ id, route, dtype, path, files }) => ({
    title: id,
    purpose: `${CALLS[route]}, weights as ${dtype}`,
    // model.json first: it is the one that is named to TensorFlow.js; the others must lie beside it.
    files: [...files].sort((a, b) => Number(b.path === path) - Number(a.path === path)),
  }));
  const named = Object.entries(FILES).flatMap(([key, [title, purpose]]) => {
    const files = [key, ...(COMPANIONS[key] ?? [])]
      .map((name) => manifest.files?.[name])
      .filter((file): file is FileDigest => file !== undefined);
    return manifest.files?.[key] ? [{ title, purpose, files }] : [];
  });
  const about = { title: "About it", purpose: "the model card; and the manifest, with every digest" };
  const files = ["README.md", "manifest.json"].map((path) => ({ path, bytes: null }));
  return [...formats, ...named, { ...about, files }];
}

export function downloadTable(manifest: Manifest, url: string): HTMLTableElement {
  const link = (path: string) => {
    const anchor = create("a", "", path.split("/").at(-1) ?? path);
    anchor.href = new URL(path, url).href;
    anchor.download = ""; // a JSON file would be shown in place of the page
    return anchor;
  };
  const rows = downloadsOf(manifest).map(({ title, purpose, files }) => [
    create("span", "", title, create("small", "", purpose)),
    create(
      "ul",
      "file-list",
      ...files.map(({ path, bytes }) =>
        create("li", "", link(path), ...(bytes === null ? [] : [create("span", "bytes", kilobytes(bytes))])),
      ),
    ),
  ]);
  const downloads = table("Files of this version", ["What", "Files"], rows);
  downloads.classList.add("downloads");
  return downloads;
}
