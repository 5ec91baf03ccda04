// A published version in memory, and a fetch that serves it, for tests.
import { createHash } from "node:crypto";
import complete from "../../../tests/support/manifest.json";
import type { Fetch } from "../runtime/types.ts";
import { denseModel, type LayersModel } from "./layers-model.ts";

const { verification } = complete;
export const ROOT = "https://example.org/site/models/digits/";

/**
 * The manifest of a model that takes `inputs` numbers and knows `labels.length` classes, as the
 * pipeline writes it; with `more`.
 */
export function manifestOf(
  formats: readonly { id: string; files: ReadonlyMap<string, Uint8Array> }[],
  inputs: number,
  labels: readonly string[],
  { input, ...more }: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    schema: 1,
    name: "digits",
    version: "0123456789ab",
    created: "2026-11-25T10:00:00Z",
    labels,
    input: {
      name: "pixels",
      shape: [inputs],
      dtype: "float32",
      image: null,
      ...(input as object | undefined),
    },
    output: { name: "probabilities", shape: [labels.length], kind: "probabilities" },
    linear: false,
    preprocess: null,
    formats: formats.map(({ id, files }) => ({
      id,
      route: /^(graph|onnx|litert)-/.exec(id)?.[1] ?? "layers",
      dtype: "float32",
      path: `${id}/${[...files.keys()].find((path) => path.startsWith("model.")) ?? "model.json"}`,
      bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
      files: [...files].map(([path, content]) => fileOf(`${id}/${path}`, content)),
    })),
    skipped_formats: {},
    verification: {
      ...verification,
      checks: formats.map(({ id }) => ({ ...verification.checks[0]!, format: id })),
    },
    ...more,
  };
}

export function filesOf({
  modelJson,
  data,
}: Pick<LayersModel, "modelJson" | "data">): Map<string, Uint8Array> {
  return new Map([
    ["model.json", new TextEncoder().encode(JSON.stringify(modelJson))],
    ["group1-shard1of1.bin", data],
  ]);
}

/** The one format of a model of one dense layer, whose softmax answers. */
export const softmaxFormats = (inputs: number, units: number, seed?: number) => [
  {
    id: "layers-float32",
    files: filesOf(denseModel(inputs, [{ units, activation: "softmax" }], seed)),
  },
];

/** A file's entry in a manifest. */
export const fileOf = (path: string, content: Uint8Array) => ({
  path,
  bytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex"),
});

/**
 * Addresses and what lies there: `latest.json`, and a version folder with the manifest and each
 * format's files.
 *
 * @param brought The part of the manifest that the pointer includes; undefined for none.
 */
export function publish(
  manifest: Record<string, unknown>,
  formats: readonly { id: string; files: ReadonlyMap<string, Uint8Array> }[],
  brought?: Record<string, unknown>,
): Map<string, Uint8Array> {
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const version = String(manifest["version"]);
  const site = new Map([
    [`${ROOT}latest.json`, json({ version, manifest: brought })],
    [`${ROOT}${version}/manifest.json`, json(manifest)],
  ]);
  for (const { id, files } of formats) {
    for (const [path, content] of files) site.set(`${ROOT}${version}/${id}/${path}`, content);
  }
  return site;
}

/** Serves a site; bodies arrive in pieces of `piece` bytes. */
export function serve(
  site: ReadonlyMap<string, Uint8Array>,
  piece = 100,
): Fetch & { readonly asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = (url, { signal }) => {
    asked.push(url);
    const content = site.get(url);
    if (!content) return Promise.resolve(new Response("not found", { status: 404 }));
    let offset = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (signal.aborted) controller.error(signal.reason);
        else if (offset >= content.length) controller.close();
        else controller.enqueue(content.slice(offset, (offset += piece)));
      },
    });
    return Promise.resolve(new Response(body));
  };
  return Object.assign(fetch, { asked });
}
