// Downloads of everything that was published with this version.
import type { FileDigest, Manifest } from "../../runtime/manifest.ts";
import { create } from "../dom.ts";
import { kilobytes } from "../format.ts";
import { say } from "../language.ts";
import { table } from "../tables.ts";

export interface Download {
  readonly title: string;
  /** How to use it. */
  readonly purpose: string;
  /** `bytes` is null if the manifest does not list the file. */
  readonly files: readonly { readonly path: string; readonly bytes: number | null }[];
}

/**
 * By key of the manifest's `files`. Other files are used only by this page, or belong to one of
 * these.
 */
const FILES = ["keras", "evaluation", "history", "reference"] as const;
/** Files that belong to one of those. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  evaluation: ["mistake_images"],
  history: ["film"],
  reference: ["reference_images"],
};

const CALLS = {
  layers: "tf.loadLayersModel",
  graph: "tf.loadGraphModel",
  onnx: "ort.InferenceSession.create",
  litert: "loadAndCompile",
} as const;

/** All downloads, formats first. */
export function downloadsOf(manifest: Manifest): readonly Download[] {
  const formats = manifest.formats.map(({ id, route, dtype, path, files }) => ({
    title: id,
    purpose: say.use.format(CALLS[route], dtype),
    // model.json first: TensorFlow.js is given its address; the others must be in the same folder.
    files: [...files].sort((a, b) => Number(b.path === path) - Number(a.path === path)),
  }));
  const named = FILES.flatMap((key) => {
    const files = [key, ...(COMPANIONS[key] ?? [])]
      .map((name) => manifest.files?.[name])
      .filter((file): file is FileDigest => file !== undefined);
    return manifest.files?.[key] ? [{ ...say.use.files[key], files }] : [];
  });
  const about = [...(manifest.card ? [manifest.card] : []), { path: "manifest.json", bytes: null }];
  return [...formats, ...named, { ...say.use.about, files: about }];
}

/**
 * Names the data's makers and the licences of data and model; "" where the manifest does not say.
 */
export function rightsOf({ data, license }: Manifest): string {
  const [makers, terms] = [data?.attribution ?? "", data?.license ?? ""];
  return [
    ...(data && (makers || terms) ? [say.use.trainedOn(data.name, makers, terms)] : []),
    ...(license ? [say.use.license(license)] : []),
  ].join(" ");
}

export function downloadTable(manifest: Manifest, url: string): HTMLTableElement {
  const link = (path: string) => {
    const anchor = create("a", "", path.split("/").at(-1) ?? path);
    anchor.href = new URL(path, url).href;
    anchor.download = ""; // the browser would show a JSON file instead of the page
    return anchor;
  };
  const rows = downloadsOf(manifest).map(({ title, purpose, files }) => [
    create("span", "", title, create("small", "", purpose)),
    create(
      "ul",
      "file-list",
      ...files.map(({ path, bytes }) =>
        create(
          "li",
          "",
          link(path),
          ...(bytes === null ? [] : [create("span", "bytes", kilobytes(bytes))]),
        ),
      ),
    ),
  ]);
  const downloads = table(say.use.filesOf, [say.use.what, say.use.which], rows);
  downloads.classList.add("downloads");
  return downloads;
}
