import type { Fail } from "./errors.ts";
import type { Format, Manifest } from "./manifest.ts";
import type { Proof, TensorModel } from "./tensors/types.ts";

export type { Proof };

/** RGBA pixels, row by row, 0..255: an `ImageData`, or anything of its shape. */
export interface Pixels {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The weights of a linear model, or of a Dense layer: outputs = input · kernel + bias. */
export interface LinearWeights {
  /**
   * inputs × outputs, row by row: `kernel[i * outputs + j]` takes input i to output j, a class of a
   * linear model.
   */
  readonly kernel: Float32Array;
  /** One per output; zeros where the layer has no bias. */
  readonly bias: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
  /**
   * Layers after the softmax, such as a Dense layer that adds up several outputs for each class;
   * none in a linear model, whose outputs are the classes.
   */
  readonly next?: readonly { readonly dense?: LinearWeights }[];
}

export interface EngineResult {
  /** The model's output, one number per class. */
  readonly probabilities: Float32Array;
  /** Input of the final softmax; null when the model does not end in one. */
  readonly logits: Float32Array | null;
}

/**
 * Runs one model. The arrays that `run` returns belong to the caller; its argument is left as it
 * is.
 */
export interface Engine {
  /** Shape of one example, without the batch axis. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** As in Model. */
  readonly linear: LinearWeights | null;
  /** TensorFlow.js's backend; the small engine has none. */
  readonly backend?: string;
  /** Go on with another backend; false if there is none. */
  readonly reject?: () => boolean;
  /**
   * @param input One example, flat, of as many numbers as `inputShape` has.
   * @throws ModelError `input`: wrong length, a value that is not finite, or the engine was
   * disposed of; `unsupported`:
   *   float32 overflow.
   */
  run(input: Float32Array): EngineResult | Promise<EngineResult>;
  dispose(): void;
}

/** The answer to a drawing, or to an input given as numbers. */
export interface Prediction {
  /** The most probable class; the first one on a tie. */
  readonly label: string;
  readonly labelIndex: number;
  /** One per label, in the order of `model.labels`. */
  readonly probabilities: Float32Array;
  readonly logits: Float32Array | null;
  /** Input of the model: as many numbers as the manifest's input shape has, flat. */
  readonly input: Float32Array;
  /**
   * The picture in 0..1 that became `input`, height × width × channels, row by row and pixel by
   * pixel: of ink, or, depending on the manifest's first drawing step, grey, or red, green and
   * blue. Null when the input was given as numbers.
   */
  readonly picture: Float32Array | null;
  /**
   * As in its Judgement; undefined until what it takes to judge is there, which the first
   * prediction starts to fetch.
   */
  readonly confidence?: number | null | undefined;
  readonly familiarity?: Familiarity | null | undefined;
}

/** How far to believe an answer. `Model.judge` waits until it can be told. */
export interface Judgement {
  /**
   * How often such an answer is right, in 0..1: the largest probability, corrected as the
   * manifest's `confidence` says. Null where that says nothing.
   */
  readonly confidence: number | null;
  /**
   * Null where the model has no rule for what is none of its classes: only models of digits have
   * one.
   */
  readonly familiarity: Familiarity | null;
}

/** How unlike a digit a drawing is. */
export interface Familiarity {
  /** From 0 to 2, where 1 is the limit. */
  readonly distance: number;
  /** True if it is within the limit. If not, it may be none of the model's classes. */
  readonly isFamiliar: boolean;
}

/** The answer when nothing was drawn: no label, rather than a guess. */
export interface BlankPrediction {
  readonly label: null;
  readonly labelIndex: -1;
  readonly probabilities: null;
  readonly logits: null;
  readonly input: null;
  readonly picture: null;
  readonly confidence?: undefined;
  readonly familiarity?: undefined;
}

/**
 * Why a linear model gives one class its logit: `score` is `positive + negative + bias`, the logit
 * up to float32 rounding.
 */
export interface Explanation {
  readonly label: string;
  readonly labelIndex: number;
  /**
   * input × weight, one for each number of the input: above 0 it counts for the class, below 0
   * against it.
   */
  readonly products: Float32Array;
  /** Sum of the products above 0. */
  readonly positive: number;
  /** Sum of the products below 0. */
  readonly negative: number;
  readonly bias: number;
  readonly score: number;
}

/** A loaded model. `Source`: the kinds of drawing that its host can turn into pixels. */
export interface Model<Source = never> {
  readonly manifest: Manifest;
  /** Address of the version's manifest, also when `latest.json` was loaded. */
  readonly url: string;
  readonly labels: readonly string[];
  /** The format that was downloaded. */
  readonly format: Format;
  /**
   * Not null when the model is input → Dense → softmax → `next`, so that its scores can be
   * explained exactly.
   */
  readonly linear: LinearWeights | null;
  /**
   * Until when `latest.json` or, with a key, the signature says that this is the newest version, in
   * UTC; undefined where its owner does not say. If that is over, the console says so after the
   * first answer: the host may be out of date.
   */
  readonly expires?: string | undefined;
  /**
   * The latest one; undefined until the first, soon after the first prediction, and where the
   * manifest has no probes.
   */
  readonly proof?: Proof;
  /**
   * @param source A drawing of any size, anywhere on it, or a `Float32Array` (or `Int32Array`) that
   * already has the
   *   manifest's input shape, alone or by the input's name.
   * @throws ModelError `input`: the source cannot be read or has another shape, or the model was
   * disposed of.
   */
  predict(source: Source | Pixels | Numbers): Promise<Prediction | BlankPrediction>;
  /**
   * @param picture An image as in the data set, to which only the manifest's `image` steps are
   * applied: height × width
   *   × channels numbers in 0..1, bright ink on dark, or as the first drawing step says. It is not
   * changed.
   * @throws ModelError `input`: another size, a value that is not finite, a model that takes no
   * pictures, or one that
   *   was disposed of.
   */
  predictPicture(picture: Float32Array): Promise<Prediction>;
  /**
   * The sum behind one class's logit, of a linear model; null when nothing was drawn.
   *
   * @param source As `predict` takes it.
   * @param label The class's label or index. Default: the model's answer.
   * @throws ModelError `unsupported`: the model is not linear; `input`: no such class, or as
   * `predict`.
   */
  explain(
    source: Source | Pixels | Float32Array,
    label?: string | number,
  ): Promise<Explanation | null>;
  /**
   * `confidence` and `familiarity` of a prediction, once what it takes to judge has been fetched.
   * Undefined if that cannot be, or nobody vouches for it.
   */
  judge(prediction: Prediction): Promise<Judgement | undefined>;
  /** Release the weights. From then on `predict` rejects. */
  dispose(): void;
}

type Numbers = Float32Array | Int32Array | Readonly<Record<string, Float32Array | Int32Array>>;

/** Bytes of the model's files downloaded so far, and of all of them. */
export interface Progress {
  readonly loaded: number;
  readonly total: number;
}

/** The part of `fetch` that `load` uses. */
export type Fetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly cache: "default" | "no-cache" | "reload" },
) => Promise<Response>;

export interface LoadOptions {
  /** If it throws, the download stops and `load` rejects with that very error. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Id of one of the manifest's formats. Default: the manifest's `default_format`. */
  readonly format?: string | undefined;
  /**
   * Hash of the file at the address, as in script elements: `sha384-…`. Other bytes are refused
   * before anything of them is used. A `latest.json` can be pinned only where it includes the
   * manifest.
   */
  readonly integrity?: string | undefined;
  /**
   * Public ECDSA key, P-256, in base64, as in a PEM file. A version that it has not signed is
   * refused before anything of it is used, and so is an older one than before where the address
   * does not name the version. Needs https.
   */
  readonly key?: string | undefined;
  /** Called each time that the device has answered the manifest's probes. */
  readonly onProof?: ((proof: Proof) => void) | undefined;
  /** Used instead of the global `fetch`, for example to read files. */
  readonly fetch?: Fetch | undefined;
  /**
   * For an ONNX or LiteRT file the module that runs it, as the page has imported it:
   * onnxruntime-web or @litertjs/core.
   */
  readonly runtime?: object | undefined;
  /** The backend of that runtime. Default: `wasm`. */
  readonly backend?: "wasm" | "webgpu" | undefined;
  /**
   * Set by the element, which can show nothing but drawings: refuse other models, by what they are.
   */
  readonly drawn?: boolean;
}

/** A model's input, and the picture that became it; see Prediction. */
export type Prepared = Pick<Prediction, "input" | "picture">;

/**
 * How drawings become the input of a model that takes pictures. Both methods throw a ModelError
 * `input`.
 */
export interface Drawings<Source> {
  /** From a drawing or photo; a blank prediction when there is nothing on it. */
  readonly prepare: (source: Source | Pixels) => Promise<Prepared | BlankPrediction>;
  /** From a picture of the model's size. */
  readonly preparePicture: (ink: Float32Array) => Prepared;
}

/**
 * @param where Address of the manifest, for messages.
 * @param lent The caller's `fail`, for parts that are built without errors.ts.
 * @throws ModelError of checkSteps, in preprocess/steps.ts.
 */
export type DrawingsFor<Source> = (
  manifest: Manifest,
  where: string,
  lent: Fail,
) => Drawings<Source>;

/** Modules that the first prediction does not need: explain.ts, sha256.ts and judge.ts. */
export interface Extras {
  /** Missing where the host judges for itself. */
  readonly fetchJudge?: FetchJudge;
  readonly sha256: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly explainAnswer: <Any>(
    model: Model<Any>,
    source: Any | Pixels | Float32Array,
    label?: string | number,
  ) => Promise<Explanation | null>;
}

/** A prediction without its judgement, of a model that it knows. */
export type Judge = (prediction: Omit<Prediction, keyof Judgement>) => Judgement;

/**
 * Fetch what it takes to judge, null where the page does so itself, and begin to prove the engine.
 */
export type FetchJudge = (
  model: Pick<Model, "manifest" | "url" | "expires" | "format">,
  options: LoadOptions,
  extras: Host<never>["extras"],
  engine: Engine,
  use: (engine: Engine) => void,
) => Promise<Judge | null>;

/** Options of every download of a `load`. */
export interface Connection {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  readonly extras: Host<never>["extras"];
}

/**
 * Find what `load` would find in the file at `src`, and check it against `integrity` and `key`. See
 * trust/vouched.ts.
 */
export type FindVouched = (
  src: string,
  bytes: Uint8Array,
  options: LoadOptions,
  connection: Connection,
) => Promise<Found>;

/** A manifest that was found, as it is, and its address. */
export interface Found {
  readonly json: unknown;
  readonly url: string;
  /** As in Model; not checked yet. */
  readonly expires?: unknown;
}

/**
 * Load another kind of model in place of `load`. Its caller stops the downloads, and disposes of a
 * model that comes too late.
 *
 * @param json Content of a manifest, found at `url`.
 * @param refusal Why it is no image classifier's: thrown again where it is none of these models'
 * either.
 */
export type LoadTensors = (
  json: unknown,
  url: string,
  options: LoadOptions,
  connection: Connection & Pick<Host<never>, "drawings">,
  refusal: unknown,
) => Promise<TensorModel>;

/**
 * Functions that the surroundings supply, so that the runtime needs no DOM. The async ones are
 * called only when their result is needed: a build may keep it in a file of its own.
 */
export interface Host<Source> {
  /** Base of relative addresses. */
  readonly base?: string | undefined;
  /**
   * Read a version's whole manifest, even if `latest.json` includes what the default format needs
   * to predict.
   */
  readonly whole?: true;
  /**
   * Called while the weights are downloaded, if the manifest says how to prepare a drawing. It need
   * not know any other steps.
   */
  readonly drawings: (manifest: Manifest) => Promise<{ readonly drawings: DrawingsFor<Source> }>;
  /**
   * Called after the first prediction, for what most callers never need, and where there is no
   * crypto.subtle.
   */
  readonly extras: () => Promise<Extras>;
  /** Called where the manifest is no image classifier's. */
  readonly tensors: () => Promise<{ readonly loadTensors: LoadTensors }>;
  /** Called where the caller gave a hash or a key. */
  readonly vouched: () => Promise<{ readonly findVouched: FindVouched }>;
}
