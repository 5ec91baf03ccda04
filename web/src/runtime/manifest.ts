// The manifest of an exported version, schema 1, and checks of everything that a prediction depends
// on. Its types are generated: see scripts/schema.mjs. Fields that only inform people are passed on
// unchecked; the pipeline's own tests cover them.
import { fail } from "./errors.ts";
import { isShape, same, sizeOf } from "./json.ts";
import type * as schema from "./schema.ts";
import { each, has, is, object, size, type Check } from "./shape.ts";

/** A file of a version. `text`: its content, if `latest.json` included it. */
export type FileDigest = schema.FileDigest & { readonly text?: string };
export type Format = Omit<schema.ExportedFormat, "files"> & {
  readonly files: readonly FileDigest[];
};

/**
 * The `manifest.json` of an image classifier. For a model loaded through `latest.json`, fields that
 * no prediction needs are missing, and only the default format is listed; the whole manifest is at
 * the model's `url`.
 */
export interface Manifest extends Omit<
  schema.Manifest,
  "labels" | "input" | "output" | "linear" | "formats"
> {
  readonly labels: readonly string[];
  readonly input: Omit<schema.InputSpec, "shape"> & { readonly shape: readonly number[] };
  readonly output: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly kind: "probabilities";
  };
  /** Input → Dense → softmax. */
  readonly linear: boolean;
  readonly formats: readonly Format[];
}

/** The fields that say which files there are to download. */
export type Listed = Pick<
  Manifest,
  "name" | "version" | "formats" | "default_format" | "verification"
>;

/** True if the model reads an image's pixels, rather than the ink on it. */
export const takesPhotos = ({ preprocess }: Manifest): boolean =>
  (preprocess?.drawing[0]?.step ?? "ink") !== "ink";

export const takesDrawings = (manifest: Manifest): boolean =>
  Boolean(manifest.preprocess) && !takesPhotos(manifest);

/**
 * True if images of the data set are inverted before a model takes them: its drawings are then made
 * like those.
 */
export const isDarkOnBright = ({ preprocess }: Manifest): boolean =>
  preprocess?.image[0]?.step === "invert";

const orNull =
  (check: Check): Check =>
  (value, where) => {
    if (value != null) check(value, where);
  };

// Each segment starts with a letter, digit or underscore: no "..", no absolute path, no scheme, no
// escape sequence.
const isPath = (value: unknown): boolean =>
  typeof value === "string" && /^\w[\w.-]*(\/\w[\w.-]*)*$/.test(value);
/** A name that is safe as one segment of a path. */
export const isName = (value: unknown): value is string =>
  isPath(value) && !(value as string).includes("/");

export const text = is("text", (value) => typeof value === "string");
const flag = is("true or false", (value) => typeof value === "boolean");
const shape = is("a shape", isShape);
const name = is("a plain name", isName);
const path = is("a path inside the version's folder", isPath);

/** Checks of the fields that every version's manifest has. */
export const listed = {
  schema: is("1", (value) => value === 1),
  name,
  version: name,
  formats: each(
    has({
      id: text,
      route: text,
      path,
      bytes: size,
      files: each(has({ path, bytes: size, sha256: text })),
    }),
  ),
  verification: orNull(has({ checks: each(has({ format: text, passed: flag })) })),
};

const check = has({
  ...listed,
  labels: each(text),
  input: has({
    shape,
    dtype: is("numbers", (value) => value !== "string"),
    image: orNull(has({ height: size, width: size, channels: size })),
  }),
  output: has({ shape, kind: is("probabilities", (value) => value === "probabilities") }),
  preprocess: orNull(object), // its steps: see preprocess/steps.ts
});

/**
 * Check a parsed `manifest.json`.
 *
 * @param where Its address, for messages.
 * @throws ModelError `manifest`: an unknown schema, a missing or malformed field, a file outside
 * the version's folder,
 *   or fields that contradict one another.
 */
export function parseManifest(value: unknown, where = "manifest"): Manifest {
  check(value, where);
  const { labels, input, output } = value as Manifest;
  const { shape, image } = input;
  const fills = !image || sizeOf(shape) === image.height * image.width * image.channels;
  if (!fills || !same(output.shape, [labels.length])) {
    fail("manifest", `In ${where} the shapes must fit the labels and the image`, [
      output.shape,
      input,
    ]);
  }
  return value as Manifest;
}
