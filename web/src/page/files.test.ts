import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import type { Model } from "../runtime/types.ts";
import { fileOf } from "../testing/published.ts";
import { bytesOf, hasFile, readFile, readImages, readJson } from "./files.ts";

/** A model with these files, and a host whose responses a test can replace. */
function published(files: Readonly<Record<string, Uint8Array>>, channels = 1) {
  const listed = Object.entries(files).map(
    ([name, content]) => [name, fileOf(name, content)] as const,
  );
  const image = { height: 2, width: 3, channels };
  const manifest = { name: "digits", files: Object.fromEntries(listed), input: { image } };
  const model = {
    manifest,
    url: "https://example.org/models/digits/1/manifest.json",
  } as unknown as Model;
  const host = { served: { ...files }, caches: [] as (string | undefined)[] };
  vi.stubGlobal("fetch", (url: string, { cache }: RequestInit) => {
    host.caches.push(cache);
    const content = host.served[url.split("/").at(-1) ?? ""];
    return Promise.resolve(
      content ? new Response(content.slice()) : new Response("", { status: 404 }),
    );
  });
  return { model, host };
}

const text = (value: string) => new TextEncoder().encode(value);

test("a file is downloaded once, checked, and parsed", async () => {
  const { model, host } = published({ history: text('{"epochs": []}') });
  expect(hasFile(model, "history")).toBe(true);
  expect(hasFile(model, "film")).toBe(false);
  expect(bytesOf(model, "history", "film")).toBe(14);
  expect(await readJson(model, "history")).toEqual({ epochs: [] });
  await readFile(model, "history");
  expect(host.caches).toHaveLength(1);
});

test("a damaged copy is fetched again past the browser's cache, and after a failure the next request tries again", async () => {
  const { model, host } = published({ history: text("{}") });
  host.served = { history: text("[]") };
  await expect(readJson(model, "history")).rejects.toMatchObject({ code: "integrity" });
  host.served = {};
  await expect(readJson(model, "history")).rejects.toMatchObject({ code: "network" });
  host.served = { history: text("{}") };
  expect(await readJson(model, "history")).toEqual({});
  expect(host.caches).toEqual(["default", "reload", "default", "default"]);
});

test("a file that the manifest does not list is refused by name", async () => {
  const { model } = published({});
  await expect(readFile(model, "history")).rejects.toMatchObject({ code: "manifest" });
});

test("images in a gzip file are read as ink in 0..1; in color, they have three values for each pixel", async () => {
  const { model } = published(
    { images: gzipSync(Uint8Array.from({ length: 36 }, (_, index) => index)) },
    3,
  );
  const images = await readImages(model, "images");
  expect(images.map((image) => image.length)).toEqual([18, 18]);
  expect(images[1]?.[0]).toBe(Math.fround(18 / 255));
  const grey = published({
    images: gzipSync(Uint8Array.from({ length: 12 }, (_, index) => index * 20)),
  });
  const [, second, ...none] = await readImages(grey.model, "images");
  expect(none).toEqual([]);
  expect(second).toEqual(Float32Array.from([120, 140, 160, 180, 200, 220], (ink) => ink / 255));
});

test("a file that is not gzip, or does not contain whole images, is refused", async () => {
  const { model } = published({ plain: text("not packed"), odd: gzipSync(new Uint8Array(7)) });
  await expect(readImages(model, "plain")).rejects.toMatchObject({ code: "integrity" });
  await expect(readImages(model, "odd")).rejects.toMatchObject({ code: "integrity" });
});
