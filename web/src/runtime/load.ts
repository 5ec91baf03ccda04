import { download, downloadFile, join, lazyImport, parseJson } from "./download.ts";
import { createDenseEngine, runsDense } from "./dense/engine.ts";
import type { Finish } from "./tfjs/engine.ts";
import { fail, ModelError } from "./errors.ts";
import { asRecord, same } from "./json.ts";
import { parseManifest, type Format, type Listed, type Manifest, type Parse } from "./manifest.ts";
import { createModel } from "./model.ts";
import { readPointer } from "./pointer.ts";
import type { Connection, Engine, Host, LoadOptions, Model } from "./types.ts";
import { weightGroups } from "./weights.ts";

/** Bytes of a format. The largest models of keras.applications have 0.4 GB. */
const LARGEST = 2 ** 30;

/** A version whose files are being downloaded. */
export interface Version<Found extends Listed> {
  readonly manifest: Found;
  /** Address of the manifest. */
  readonly url: string;
  readonly format: Format;
  /** Only files that are listed, downloaded and verified can be read. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** All downloads: none may fail once there is an engine to dispose of. */
  readonly all: Promise<unknown>;
}

/** What there is to load. */
interface Kind<Source, Found extends Listed, Loaded> {
  readonly parse: Parse<Found>;
  readonly open: (version: Version<Found>, host: Host<Source>) => Promise<Loaded>;
}

/**
 * Load a published model.
 *
 * @param address Of a `latest.json` or of a version's `manifest.json`.
 * @param host What relative addresses are relative to, and which drawings can be read.
 * @param kind By default, an image classifier.
 * @throws ModelError with any code; an error that `onProgress` throws is passed on as it is.
 */
export async function load<Source, Found extends Listed = Manifest, Loaded extends { dispose(): void } = Model<Source>>(
  address: string | URL,
  options: LoadOptions,
  host: Host<Source>,
  kind = CLASSIFIER as unknown as Kind<Source, Found, Loaded>,
): Promise<Loaded> {
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  // One controller for all downloads: the caller's signal aborts them, and so does the first failure.
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => {
      controller.abort();
      reject(aborted(signal));
    };
    signal?.addEventListener("abort", stop, { signal: controller.signal });
  });
  const model = loadParts(address, options, host, controller.signal, kind);
  try {
    // A race, so that aborting takes effect at once even if a custom fetch ignores its signal.
    return await Promise.race([stopped, model]);
  } catch (error) {
    if (host.tensors && (error as ModelError).code === "manifest") {
      // No image classifier: another part may know what it is.
      return (await lazyImport(host.tensors)).loadTensors(address, options, host, error) as never;
    }
    // Nobody will use a model that arrives after this.
    void model.then(
      (late) => {
        late.dispose();
      },
      () => undefined,
    );
    throw error;
  } finally {
    controller.abort();
  }
}

const aborted = (signal?: AbortSignal): ModelError =>
  new ModelError("aborted", "Loading was stopped by its signal. Load it again.", signal?.reason);

async function loadParts<Source, Found extends Listed, Loaded>(
  address: string | URL,
  options: LoadOptions,
  host: Host<Source>,
  signal: AbortSignal,
  { parse, open }: Kind<Source, Found, Loaded>,
): Promise<Loaded> {
  const { onProgress, format: wanted, fetch = globalThis.fetch, integrity, key } = options;
  const connection: Connection = { fetch, signal, extras: host.extras };
  const src = absolute(address, host.base);
  const found = download(src, connection);
  const { manifest, url } = await ((integrity ?? key) === undefined
    ? findManifest(src, await found, connection, host.whole ?? wanted, parse)
    : Promise.all([lazyImport(host.vouched), found]).then(([{ findVouched }, bytes]) =>
        findVouched(src, bytes, options, connection, parse),
      ));
  const format = chooseFormat(manifest, wanted);
  const total = format.files.reduce((sum, { bytes }) => sum + bytes, 0);
  // Before anything is read. A tab holds all three times for a moment: in pieces, joined and decoded.
  if (total > LARGEST) fail("manifest", "A format must be smaller", total);
  let loaded = 0;
  const onBytes = (length: number): void => {
    loaded += length;
    onProgress?.({ loaded, total });
  };
  onBytes(0);
  const files = new Map(
    format.files.map((file) => [file.path, downloadFile(new URL(file.path, url).href, file, connection, onBytes)]),
  );
  const read = async (path: string): Promise<Uint8Array> =>
    files.get(path) ?? fail("integrity", "Files that model.json names must be listed in the manifest", path);
  return open({ manifest, url, format, read, all: Promise.all(files.values()) }, host);
}

async function openClassifier<Source>(
  { manifest, url, format, read, all }: Version<Manifest>,
  host: Host<Source>,
): Promise<Model<Source>> {
  const asked =
    manifest.preprocess &&
    lazyImport(() => host.drawings(manifest)).then(({ drawings }) => drawings(manifest, url, fail));
  const parts = Promise.all([asked, all]);
  const [engine, [drawings]] = await Promise.all([createEngine(format, read, parts), parts]);
  const shapes = [engine.inputShape, engine.outputShape];
  const promised = [manifest.input.shape, manifest.output.shape];
  if (!same(shapes, promised)) {
    engine.dispose();
    fail("manifest", `The model must map ${String(promised)}`, shapes);
  }
  return createModel(manifest, url, format, engine, drawings, host.extras);
}

const CLASSIFIER = { parse: parseManifest, open: openClassifier };

async function findManifest<Found>(
  src: string,
  bytes: Uint8Array,
  connection: Connection,
  whole: unknown,
  parse: Parse<Found>,
): Promise<{ manifest: Found; url: string }> {
  const json = parseJson(bytes, src);
  const pointer = readPointer(json, src);
  if (!pointer) return { manifest: parse(json, src), url: src };
  const { href: url, manifest } = pointer;
  // A site's pointer includes what the default format needs of the manifest to predict.
  const found = whole ? null : manifest;
  return { manifest: parse(found ?? parseJson(await download(url, connection), url), url), url };
}

/**
 * The wanted format, or else the manifest's default. Manifests of earlier releases name none, and `latest.json` lists no
 * other: then it is the smallest float32 format, or the only one, that passed every check. A graph-model is chosen only
 * if no layers-model qualifies: it needs more code.
 *
 * @throws ModelError `input`: the model does not have the wanted format; `unsupported`: no format passed.
 */
export function chooseFormat({ formats, default_format, verification }: Listed, wanted?: string): Format {
  const named = wanted ?? default_format;
  const passed = ({ id, dtype }: Format): boolean => {
    const checks = verification?.checks.filter(({ format }) => format === id) ?? [];
    return checks.length > 0 && checks.every((check) => check.passed) && (dtype === "float32" || !formats[1]);
  };
  const routes = ["layers", "graph"];
  const [smallest] = formats
    .filter((format) => routes.includes(format.route) && (named === undefined ? passed(format) : format.id === named))
    .sort((a, b) => routes.indexOf(a.route) - routes.indexOf(b.route) || a.bytes - b.bytes);
  const code = wanted === undefined ? "unsupported" : "input";
  return smallest ?? fail(code, "A format must be verified, or named", wanted ?? formats.map(({ id }) => id));
}

/** A format's model.json, and all its weights, one after the other. */
export async function readModel(
  { path }: Format,
  read: Version<Manifest>["read"],
): Promise<{ modelJson: unknown; weights: Promise<Uint8Array> }> {
  const modelJson = parseJson(await read(path), path);
  const folder = path.replace(/[^/]*$/, "");
  const paths = weightGroups(asRecord(modelJson)["weightsManifest"]).flatMap((group) => group.paths);
  return { modelJson, weights: Promise.all(paths.map((path) => read(folder + path))).then(join) };
}

/**
 * The dense engine if it can run the model; otherwise TensorFlow.js, which is fetched while the weights are still
 * arriving.
 *
 * @param all See Version.
 */
async function createEngine(
  format: Format,
  read: Version<Manifest>["read"],
  all: Promise<unknown>,
): Promise<Engine> {
  const { modelJson, weights } = await readModel(format, read);
  const tfjs = async (): Promise<Finish> => {
    const { prepareTfjs } = await lazyImport(() => import("./tfjs/engine.ts"));
    return prepareTfjs(format.route, modelJson);
  };
  const finish = runsDense(modelJson) ? null : tfjs();
  const [data] = await Promise.all([weights, finish, all]);
  try {
    if (!finish) return createDenseEngine(modelJson, data);
  } catch (error) {
    if (!(error instanceof ModelError && error.code === "unsupported")) throw error;
  }
  return (await (finish ?? tfjs()))(data);
}

function absolute(address: string | URL, base: string | undefined): string {
  try {
    return new URL(address, base).href;
  } catch (error) {
    return fail("input", "The address must be a URL, absolute outside a page", String(address), error);
  }
}
