import { download, downloadFile, join, lazyImport, parseJson } from "./download.ts";
import { activation } from "./dense/activations.ts";
import { createDenseEngine, ruleOf, runsDense } from "./dense/engine.ts";
import type { Finish } from "./tfjs/engine.ts";
import { fail, ModelError } from "./errors.ts";
import { asRecord, same } from "./json.ts";
import { FORMAT_BYTES } from "./limits.ts";
import { parseManifest, type Format, type Listed } from "./manifest.ts";
import { createModel } from "./model.ts";
import { readPointer } from "./pointer.ts";
import type { Connection, Engine, Found, Host, LoadOptions, Model } from "./types.ts";
import { object } from "./shape.ts";
import { weightGroups } from "./weights.ts";

/**
 * Load a published model.
 *
 * @param address Address of a `latest.json` or of a version's `manifest.json`.
 * @param host The base of relative addresses, and the drawings that can be read.
 * @throws ModelError with any code; an error that `onProgress` throws is passed on as it is.
 */
export async function load<Source>(
  address: string | URL,
  options: LoadOptions,
  host: Host<Source>,
): Promise<Model<Source>> {
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  // One controller for all downloads: the caller's signal aborts them, and so does the first
  // failure.
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => {
      controller.abort();
      reject(aborted(signal));
    };
    signal?.addEventListener("abort", stop, { signal: controller.signal });
  });
  const model = loadParts(address, options, host, controller.signal);
  try {
    // A race, so that aborting takes effect at once even if a custom fetch ignores its signal.
    return await Promise.race([stopped, model]);
  } catch (error) {
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
  new ModelError("aborted", "Loading was stopped. Load it again.", signal?.reason);

async function loadParts<Source>(
  address: string | URL,
  options: LoadOptions,
  host: Host<Source>,
  signal: AbortSignal,
): Promise<Model<Source>> {
  const { format: wanted, fetch = globalThis.fetch, integrity, key } = options;
  const connection = { fetch, signal, ...host };
  const src = absolute(address, host.base);
  const found = download(src, connection);
  const { json, url, expires } = await ((integrity ?? key) === undefined
    ? findManifest(src, await found, connection, host.whole ?? wanted)
    : Promise.all([lazyImport(host.vouched), found]).then(([{ findVouched }, bytes]) =>
        findVouched(src, bytes, options, connection),
      ));
  let manifest;
  try {
    manifest = parseManifest(json, url);
    if (options.drawn) object(manifest.preprocess, url);
  } catch (error) {
    // No image classifier: another part may know what it is.
    return (await lazyImport(host.tensors)).loadTensors(
      json,
      url,
      options,
      connection,
      error,
    ) as never;
  }
  const format = chooseFormat(manifest, wanted);
  const files = downloadFormat(format, url, connection, options);
  const asked =
    manifest.preprocess &&
    lazyImport(() => host.drawings(manifest)).then(({ drawings }) => drawings(manifest, url, fail));
  const all = Promise.all([asked, ...files.values()]);
  const [engine, [drawings]] = await Promise.all([createEngine(format, files, all, options), all]);
  const shapes = [engine.inputShape, engine.outputShape];
  const promised = [manifest.input.shape, manifest.output.shape];
  if (!same(shapes, promised)) {
    engine.dispose();
    fail("manifest", `The model must map ${String(promised)}`, shapes);
  }
  return createModel(manifest, url, format, engine, drawings, host.extras, options, expires);
}

async function findManifest(
  src: string,
  bytes: Uint8Array,
  connection: Connection,
  whole: unknown,
): Promise<Found> {
  const json = parseJson(bytes, src);
  const pointer = readPointer(json, src);
  if (!pointer) return { json, url: src };
  const { url, manifest } = pointer;
  // A site's pointer includes what the default format needs of the manifest to predict.
  return {
    ...pointer,
    json: (whole ? null : manifest) ?? parseJson(await download(url, connection), url),
  };
}

/** By path. */
type Files = ReadonlyMap<string, Promise<Uint8Array>>;

/** Start to download a format. */
export function downloadFormat(
  { files }: Format,
  url: string,
  connection: Connection,
  { onProgress }: LoadOptions,
): Files {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  // Before anything is read. A tab holds all three times for a moment: in pieces, joined and
  // decoded.
  if (total > FORMAT_BYTES) fail("manifest", "A format must be smaller", total);
  let loaded = 0;
  const onBytes = (length: number): void => {
    loaded += length;
    onProgress?.({ loaded, total });
  };
  onBytes(0);
  return new Map(
    files.map((file) => [
      file.path,
      downloadFile(new URL(file.path, url).href, file, connection, onBytes),
    ]),
  );
}

/**
 * A format's model.json, and all its weights, one after the other; of an ONNX or LiteRT file the
 * options, and its bytes.
 */
export async function readModel(
  { path }: Format,
  files: Files,
  options?: LoadOptions,
): Promise<[unknown, Promise<Uint8Array>]> {
  // Only files that were listed, downloaded and verified can be read.
  const read = async (path: string): Promise<Uint8Array> =>
    files.get(path) ?? fail("integrity", "A model's files must be in the manifest", path);
  if (!path.endsWith(".json")) return [options, read(path)];
  const modelJson = parseJson(await read(path), path);
  const folder = path.replace(/[^/]*$/, "");
  const paths = weightGroups(asRecord(modelJson)["weightsManifest"]).flatMap(
    (group) => group.paths,
  );
  // A file that is named a thousand times would be joined a thousand times.
  if (new Set(paths).size < paths.length)
    fail("integrity", "A model.json must name each file of weights once", paths);
  return [modelJson, Promise.all(paths.map((path) => read(folder + path))).then(join)];
}

/**
 * The wanted format, or else the manifest's default. A model that is no classifier (`tensors/`) has
 * none: then it is the smallest float32 format, or the only one, that passed every check. Of
 * another route than layers it is only if no layers-model qualifies: it needs more code.
 *
 * @throws ModelError `input`: the model does not have the wanted format; `unsupported`: no format
 * passed.
 */
export function chooseFormat(
  { formats, default_format, verification }: Listed,
  wanted?: string,
): Format {
  const named = wanted ?? default_format;
  const passed = ({ id, dtype }: Format): boolean => {
    const checks = verification?.checks.filter(({ format }) => format === id) ?? [];
    return (
      checks.length > 0 &&
      checks.every((check) => check.passed) &&
      (dtype === "float32" || !formats[1])
    );
  };
  const [smallest] = ["layers", "graph", "onnx", "litert"].flatMap((route) =>
    formats
      .filter(
        (format) =>
          format.route === route && (named === undefined ? passed(format) : format.id === named),
      )
      .sort((a, b) => a.bytes - b.bytes),
  );
  const code = wanted === undefined ? "unsupported" : "input";
  const ids = formats.map(({ id }) => id).join();
  return (
    smallest ??
    fail(code, wanted ? `format must be one of ${ids}` : "A format must be verified", wanted ?? ids)
  );
}

/**
 * The dense engine if it can run the model, if need be with rules for more layers; otherwise
 * TensorFlow.js. Its code is fetched while the weights are still arriving.
 */
async function createEngine(
  format: Format,
  files: Files,
  all: Promise<unknown>, // all downloads: none may fail once there is an engine to dispose of
  options: LoadOptions,
): Promise<Engine> {
  const [modelJson, weights] = await readModel(format, files, options);
  const tfjs = (): Promise<Finish> =>
    lazyImport(() => import("./tfjs/engine.ts")).then(({ prepareTfjs }) =>
      prepareTfjs(format.route, modelJson),
    );
  const chained = runsDense(modelJson);
  const [data, finish, rules] = await Promise.all([
    weights,
    chained ? null : tfjs(),
    chained === 1
      ? lazyImport(() => import("./conv/layers.ts")).then(({ rulesFor }) =>
          rulesFor(fail, ruleOf, activation),
        )
      : ruleOf,
    all,
  ]);
  try {
    if (!finish) return createDenseEngine(modelJson, data, rules);
  } catch (error) {
    if (!(error instanceof ModelError && error.code === "unsupported")) throw error;
  }
  return (await (finish ?? tfjs()))(data);
}

function absolute(address: string | URL | undefined, base: string | undefined): string {
  try {
    return new URL(address ?? "//", base).href;
  } catch (error) {
    return fail("input", "The address must be a URL, absolute outside a page", address, error);
  }
}
