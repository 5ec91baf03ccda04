// The manifest of an exported version, schema 1: its types, and checks of everything that a prediction depends on.
// Fields that only inform people are passed on unchecked; the pipeline's own tests cover them.
import { fail } from "./errors.ts";
import { isShape, same, sizeOf } from "./json.ts";
import { each, has, is, object, size, type Check } from "./shape.ts";

/**
 * What a version's `manifest.json` says. Optional fields that a version lacks are null. For a model loaded through
 * `latest.json`, fields that no prediction needs are null too, and only the default format is listed; the whole
 * manifest is at the model's `url`.
 */
export interface Manifest {
  readonly schema: 1;
  readonly name: string;
  /** Of its page and card; null: the name. */
  readonly title?: string | null;
  /** What one image shows, as the page and the card call it. */
  readonly noun?: string | null;
  readonly version: string;
  /** ISO 8601. */
  readonly created: string;
  readonly labels: readonly string[];
  readonly input: {
    readonly name: string;
    /** Of one example, without the batch axis. */
    readonly shape: readonly number[];
    readonly dtype: "float32";
    /** Null when the model's input is not an image. */
    readonly image: ImageSize | null;
  };
  readonly output: { readonly name: string; readonly shape: readonly number[]; readonly kind: "probabilities" };
  /** Input → Dense → softmax. */
  readonly linear: boolean;
  readonly preprocess: Preprocess | null;
  readonly formats: readonly Format[];
  /** The format to load unless asked otherwise; null where none answers like Keras. */
  readonly default_format?: string | null;
  /** Format id → why it was not written. */
  readonly skipped_formats: Readonly<Record<string, string>> | null;
  readonly verification: {
    readonly node: string;
    readonly tfjs: string;
    readonly backend: string;
    readonly checks: readonly FormatCheck[];
  } | null;
  readonly metrics: Metrics | null;
  readonly confidence?: Confidence | null;
  readonly gates: readonly Gate[] | null;
  readonly training: Training | null;
  /** Null unless it was trained elsewhere, and taken over from its file. */
  readonly origin?: Origin | null;
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly digest: string;
    readonly train_images: number;
    readonly test_images: number;
    /** Of the training images: which a program drew. */
    readonly drawn_images?: number;
    /** Whether most training images are bright at their edges. */
    readonly dark_on_bright?: boolean;
    /** To which the step `contain` resized every image; null: they are as they were. */
    readonly size?: number | null;
    /** Share of the images that was chosen for tests; null: the data set has its own. */
    readonly test_share?: number | null;
    readonly split_seed?: number | null;
    readonly warnings?: readonly string[];
    /** SPDX identifier. */
    readonly license?: string | null;
    /** Who made it. */
    readonly attribution?: string | null;
    readonly train_statistics?: SplitStatistics | null;
    readonly test_statistics?: SplitStatistics | null;
  } | null;
  readonly recipe: Readonly<Record<string, unknown>> | null;
  /** Package → version. */
  readonly environment: Readonly<Record<string, string>> | null;
  readonly git_commit: string | null;
  /** Of the model: SPDX identifier. */
  readonly license?: string | null;
  /** BibTeX. */
  readonly citation?: string | null;
  /** The model card; null in exports. */
  readonly card?: FileDigest | null;
  /** Files beside the formats: `keras`, `evaluation`, `history`, `snapshots`. */
  readonly files: Readonly<Record<string, FileDigest>> | null;
}

export interface ImageSize {
  /** In pixels. */
  readonly height: number;
  readonly width: number;
  /** 1: ink or grey; 3: red, green and blue. */
  readonly channels: number;
}

export interface FileDigest {
  /** Relative to the version's folder. */
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Its content, if `latest.json` included it. */
  readonly text?: string;
}

export interface Format {
  readonly id: string;
  /** The first two are of TensorFlow.js. */
  readonly route: "layers" | "graph" | "onnx" | "litert";
  /** How the weights are stored. */
  readonly dtype: string;
  /** Of its model.json, .onnx or .tflite file. */
  readonly path: string;
  /** Topology and weights together. */
  readonly bytes: number;
  readonly files: readonly FileDigest[];
  /** The oldest runtime of an .onnx or .tflite file that has its operations, like "ONNX opset 18". */
  readonly needs?: string | null;
  /** The worst over the runtimes that verified it; null before. */
  readonly test_accuracy?: number | null;
  readonly argmax_agreement?: number | null;
  readonly max_abs_diff?: number | null;
}

/** One format, run by one runtime on every test image, against Keras. */
export interface FormatCheck {
  readonly format: string;
  /** Stock TensorFlow.js, this runtime's own engine, or what runs the file of another format. */
  readonly runtime: "tfjs" | "dense" | "onnxruntime" | "LiteRT";
  readonly samples: number;
  /** Over all probabilities. */
  readonly max_abs_diff: number;
  readonly limit: number;
  /** Share of samples, 0..1. */
  readonly argmax_agreement: number;
  readonly test_accuracy: number | null;
  readonly passed: boolean;
  readonly detail: string;
  readonly seconds: number;
}

/** On the test images; shares are 0..1. */
export interface Metrics {
  readonly test_images: number;
  readonly test_loss: number;
  readonly test_accuracy: number;
  /** 95 %: low and high end. */
  readonly test_accuracy_interval: readonly [number, number];
  readonly expected_calibration_error: number;
  readonly per_class: readonly {
    readonly label: string;
    /** Null when nothing was predicted as this class. */
    readonly precision: number | null;
    readonly recall: number;
    readonly support: number;
  }[];
  readonly weights_digest?: string | null;
}

/**
 * How often answers are right: confidence is the largest of the probabilities raised to the power of 1 / temperature,
 * over their sum, and at most the ceiling.
 */
export interface Confidence {
  readonly temperature: number;
  /** How often its surest answers are right. */
  readonly ceiling?: number | null;
  /** Drawings are digits that a program drew, by other hands than those that it was measured on. */
  readonly fitted_on: "drawings" | "validation images" | "test images";
  readonly fitted: number;
  readonly measured_on: "drawings" | "test images";
  readonly measured: number;
  /** On what it was measured. */
  readonly accuracy: number;
  /** Of the confidence. */
  readonly mean: number;
  readonly expected_calibration_error: number;
  /** That of the largest probability. */
  readonly uncorrected_calibration_error: number;
}

/** One condition for publishing. */
export interface Gate {
  readonly name: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly passed: boolean;
  readonly detail: string;
}

/** Of the training or the test images. */
export interface SplitStatistics {
  /** Images of each class. */
  readonly labels: readonly number[];
  /** Share of the pixels in each of 16 bins of equal width, from black to white. */
  readonly pixels: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

export interface Training {
  readonly parameters: number;
  /** SHA-256 over the weights, in order, as little-endian float32. */
  readonly weights_digest?: string | null;
  readonly seed: number;
  readonly epochs: number;
  readonly batch_size: number;
  readonly training_images: number;
  readonly validation_images: number;
  /** After the last epoch; null if no images were held out. */
  readonly validation_accuracy?: number | null;
  readonly device: string;
  readonly strategy: string;
  readonly seconds: number;
}

/** Where a model comes from that was trained elsewhere. */
export interface Origin {
  /** Name of its file. */
  readonly file: string;
  /** SHA-256 over its content. */
  readonly digest: string;
  /** Because it returned logits. */
  readonly softmax_appended: boolean;
  readonly parameters: number;
  /** SHA-256 over the weights, in order, as little-endian float32. */
  readonly weights_digest: string;
}

/**
 * A step from a visitor's drawing or photo to a picture: of its ink, or of its pixels as `grey` or `rgb`. Lengths are
 * in pixels, `stroke`'s a share of the picture's longer side; backgrounds are from 0 (black) to 1 (white).
 */
export type DrawingStep =
  | { readonly step: "ink" | "invert" }
  | { readonly step: "grey" | "rgb"; readonly background: number }
  | { readonly step: "fit"; readonly box: number }
  | { readonly step: "stroke"; readonly width: number; readonly thinning: number }
  | { readonly step: "center" | "cover" | "stretch"; readonly height: number; readonly width: number }
  | { readonly step: "contain"; readonly height: number; readonly width: number; readonly background: number };

/**
 * A step from a picture to the model's input. `align`'s lengths are shares of the picture's sides; `normalize` has one
 * number for all channels or one for each.
 */
export type ImageStep =
  | { readonly step: "invert" | "deskew" | "bgr" | "flatten" | "channel" }
  | { readonly step: "align"; readonly height: number; readonly width: number; readonly limit: number }
  | { readonly step: "scale"; readonly factor: number }
  | {
      readonly step: "normalize";
      readonly mean: number | readonly number[];
      readonly deviation: number | readonly number[];
    };

export interface Preprocess {
  readonly drawing: readonly DrawingStep[];
  readonly image: readonly ImageStep[];
}

/** What says which files there are to download. */
export type Listed = Pick<Manifest, "name" | "version" | "formats" | "default_format" | "verification">;

/** Whether the model reads an image's pixels, rather than the ink on it. */
export const takesPhotos = ({ preprocess }: Manifest): boolean => (preprocess?.drawing[0]?.step ?? "ink") !== "ink";

/** Whether images of the data set are inverted before a model takes them: its drawings are then made like those. */
export const isDarkOnBright = ({ preprocess }: Manifest): boolean => preprocess?.image[0]?.step === "invert";

const orNull =
  (check: Check): Check =>
  (value, where) => {
    if (value !== null) check(value, where);
  };

// Each segment starts with a letter, digit or underscore: no "..", no absolute path, no scheme, no escape sequence.
const isPath = (value: unknown): boolean => typeof value === "string" && /^\w[\w.-]*(\/\w[\w.-]*)*$/.test(value);
/** A name that is safe as one segment of a path. */
export const isName = (value: unknown): value is string => isPath(value) && !(value as string).includes("/");

export const text = is("text", (value) => typeof value === "string");
const flag = is("true or false", (value) => typeof value === "boolean");
const shape = is("a shape", isShape);
const name = is("a plain name", isName);
const path = is("a path inside the version's folder", isPath);

/** What any version's manifest has. */
export const listed = {
  schema: is("1", (value) => value === 1),
  name,
  version: name,
  formats: each(
    has({ id: text, route: text, path, bytes: size, files: each(has({ path, bytes: size, sha256: text })) }),
  ),
  verification: orNull(has({ checks: each(has({ format: text, passed: flag })) })),
};

const check = has({
  ...listed,
  labels: each(text),
  input: has({ shape, image: orNull(has({ height: size, width: size, channels: size })) }),
  output: has({ shape, kind: is("probabilities", (value) => value === "probabilities") }),
  preprocess: orNull(object), // its steps: see preprocess/steps.ts
});

/** Optional fields: not every model was trained here, takes images, or has been verified yet. */
export const ABSENT = {
  preprocess: null,
  skipped_formats: null,
  verification: null,
  metrics: null,
  gates: null,
  training: null,
  data: null,
  recipe: null,
  environment: null,
  git_commit: null,
  files: null,
};

/**
 * Check a parsed `manifest.json`.
 *
 * @param where Its address, for messages.
 * @throws ModelError `manifest`: an unknown schema, a missing or malformed field, a file outside the version's folder,
 *   or fields that contradict one another.
 */
export function parseManifest(value: unknown, where = "manifest"): Manifest {
  object(value, where);
  const manifest = { ...ABSENT, ...(value as object) } as Manifest;
  check(manifest, where);
  const { labels, input, output } = manifest;
  const { shape, image } = input;
  const fills = !image || sizeOf(shape) === image.height * image.width * image.channels;
  if (!fills || !same(output.shape, [labels.length])) {
    fail("manifest", `In ${where} the shapes must fit the labels and the image`, [output.shape, input]);
  }
  return manifest;
}
