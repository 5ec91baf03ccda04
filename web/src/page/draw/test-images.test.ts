import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { headlessHost } from "../../runtime/headless.ts";
import { load } from "../../runtime/load.ts";
import {
  fileOf,
  manifestOf,
  publish,
  ROOT,
  serve,
  softmaxFormats,
} from "../../testing/published.ts";
import { hasTestImages } from "../files.ts";
import { withArticle } from "../articles.ts";
import { randomTestImage, testImage } from "./test-images.ts";

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
/** 2 × 2 images, one for each value, which all four pixels have. */
const imagesOf = (...inks: number[]) =>
  gzipSync(Uint8Array.from(inks.flatMap((ink) => [ink, ink, ink, ink])));

/**
 * A model of 2 × 2 images with two reference images and two mistakes, of which only the first has
 * its image.
 */
async function open(leaveOut: readonly string[] = []) {
  const formats = softmaxFormats(4, 2);
  const contents: Record<string, Uint8Array> = {
    reference: json({
      height: 2,
      width: 2,
      images: [5, 8].map((index) => ({ index, label: index === 8 ? 1 : 0 })),
    }),
    reference_images: imagesOf(51, 255),
    evaluation: json({ mistakes: [100, 200].map((index) => ({ index, label: 1, predicted: 0 })) }),
    mistake_images: imagesOf(102),
  };
  const files = Object.entries(contents).filter(([key]) => !leaveOut.includes(key));
  const change = {
    input: { image: { height: 2, width: 2, channels: 1 } },
    preprocess: { drawing: [{ step: "ink" }], image: [{ step: "flatten" }] },
    files: Object.fromEntries(files.map(([key, content]) => [key, fileOf(key, content)])),
  };
  const site = publish(manifestOf(formats, 4, ["A", "B"], change), formats);
  for (const [key, content] of files) site.set(`${ROOT}0123456789ab/${key}`, content);
  vi.stubGlobal("fetch", serve(site));
  return load(`${ROOT}latest.json`, { fetch: serve(site) }, headlessHost);
}

test("a reference image is found by its index, and has its label", async () => {
  const model = await open();
  expect(hasTestImages(model)).toBe(true);
  const picture = new Float32Array(4).fill(1);
  expect(await testImage(model, 8)).toEqual({
    picture,
    caption: "Test image 8, a B",
    index: 8,
    labelIndex: 1,
  });
  const { picture: other } = (await testImage(model, 5))!;
  expect((await model.predictPicture(other)).picture).toEqual(new Float32Array(4).fill(0.2));
});

test("so is a recorded mistake, if its image is stored", async () => {
  const model = await open();
  expect(await testImage(model, 100)).toMatchObject({
    index: 100,
    picture: new Float32Array(4).fill(0.4),
  });
  expect(await testImage(model, 200)).toBeNull();
  expect(await testImage(model, 7)).toBeNull();
});

test("the same random image does not come twice in a row", async () => {
  const model = await open();
  for (const last of [5, 8, 5, 8, 5, 8])
    expect((await randomTestImage(model, last)).index).toBe(13 - last);
});

test("a version without reference images offers none", async () => {
  const model = await open(["reference_images", "mistake_images"]);
  expect(hasTestImages(model)).toBe(false);
  expect(await testImage(model, 8)).toBeNull();
});

test("labels get the article that matches their pronunciation", () => {
  const expected = ["a 4", "an 8", "an A", "a B", "an X", "an egg", "a hat", "an 11"];
  expect(expected.map((words) => withArticle(words.split(" ")[1]!))).toEqual(expected);
});
