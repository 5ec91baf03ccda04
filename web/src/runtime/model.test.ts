import { describe, expect, test } from "vitest";
import { manifestOf, publish, ROOT, serve, softmaxFormats } from "../testing/published.ts";
import { headlessHost } from "./headless.ts";
import { drawingsBy } from "./preprocess/model-input.ts";
import { load } from "./load.ts";
import { ALL_STEPS } from "./preprocess/all-steps.ts";
import type { Host, Pixels } from "./types.ts";

const labels = ["left", "right"];
const formats = softmaxFormats(64, 2);
const drawing = [{ step: "ink" }, { step: "fit", box: 6 }, { step: "center", height: 8, width: 8 }];
const image = [{ step: "deskew" }, { step: "scale", factor: 255 }, { step: "flatten" }];

function site(change: Record<string, unknown> = {}) {
  const input = { image: { height: 8, width: 8, channels: 1 } };
  return publish(
    manifestOf(formats, 64, labels, { input, preprocess: { drawing, image }, ...change }),
    formats,
  );
}
const open = async (change?: Record<string, unknown>) =>
  load(`${ROOT}latest.json`, { fetch: serve(site(change)) }, headlessHost);

/** A slanted stroke on a transparent pad of `size` × `size` pixels. */
function stroke(size: number): Pixels {
  const data = new Uint8ClampedArray(4 * size * size);
  for (let y = 5; y < size - 5; y++) {
    for (let thick = 0; thick < 3; thick++)
      data[4 * (y * size + Math.floor(y / 2) + thick) + 3] = 255;
  }
  return { data, width: size, height: size };
}

describe("a drawing", () => {
  test("becomes the picture that is shown, and the input made of it; without deskewing both are the drawing as it was placed", async () => {
    const answer = await (await open()).predict(stroke(40));
    expect(answer.label).not.toBeNull();
    const { picture, input } = answer as { picture: Float32Array; input: Float32Array };
    expect(picture).toHaveLength(64);
    // bilinear sampling never exceeds the fitted maximum of 1
    expect(Math.max(...picture)).toBeLessThanOrEqual(1 + 1e-6);
    expect(input).toEqual(picture.map((ink) => ink * 255));
    expect(await (await open()).predict(input)).toMatchObject({ ...answer, picture: null });
    const upright = { drawing, image: [{ step: "flatten" }] };
    const straight = await (await open({ preprocess: upright })).predict(stroke(40));
    expect(straight.picture).toEqual(straight.input);
  });

  test("meets a model of images that are dark on bright as these do, and is shown as ink", async () => {
    const invert = { step: "invert" };
    const dark = await open({
      preprocess: { drawing: [...drawing, invert], image: [invert, ...image] },
    });
    const bright = await open();
    const [answer, expected] = [await dark.predict(stroke(40)), await bright.predict(stroke(40))];
    expect(answer.label).toBe(expected.label);
    const difference = expected.picture!.map((ink, i) => Math.abs(ink - answer.picture![i]!));
    expect(Math.max(...difference)).toBeLessThan(1e-6);
    const placed = Float32Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0));
    const ofImage = await dark.predictPicture(placed.map((ink) => 1 - ink));
    expect(ofImage).toEqual(await bright.predictPicture(placed));
  });

  test("that is blank has an answer of its own", async () => {
    const blank = { data: new Uint8ClampedArray(4 * 30 * 30), width: 30, height: 30 };
    expect(await (await open()).predict(blank)).toEqual({
      label: null,
      labelIndex: -1,
      probabilities: null,
      logits: null,
      input: null,
      picture: null,
    });
  });

  test.each([
    ["too few values", { data: new Uint8ClampedArray(7), width: 2, height: 1 }],
    ["no width", { data: new Uint8ClampedArray(0), width: 0, height: 5 }],
  ])("with %s is refused", async (_, pixels) => {
    await expect((await open()).predict(pixels)).rejects.toMatchObject({
      name: "ModelError",
      code: "input",
    });
  });

  test("is refused where the manifest does not say how to prepare it", async () => {
    await expect((await open({ preprocess: null })).predict(stroke(40))).rejects.toMatchObject({
      code: "input",
    });
  });

  test("of a kind that only the surroundings know is turned into pixels by them", async () => {
    const asked: string[] = [];
    const host: Host<string> = {
      ...headlessHost,
      base: ROOT,
      drawings: () =>
        Promise.resolve({
          drawings: drawingsBy<string>(ALL_STEPS, (source) => {
            if (typeof source !== "string") return Promise.resolve(source);
            asked.push(source);
            return Promise.resolve(stroke(40));
          }),
        }),
    };
    const model = await load("latest.json", { fetch: serve(site()) }, host);
    expect(await model.predict("a pad")).toEqual(await model.predict(stroke(40)));
    expect(asked).toEqual(["a pad"]);
  });
});

describe("an image of the data set", () => {
  const ink = Float32Array.from({ length: 64 }, (_, index) =>
    index % 9 < 2 ? 1 - (index % 9) / 2 : 0,
  ); // slanted

  test("enters after the drawing's steps, and is answered as the picture that these had made of it", async () => {
    const model = await open();
    const answer = await model.predictPicture(ink);
    expect(answer.picture).not.toEqual(ink); // upright now
    expect(answer.input).toEqual(answer.picture?.map((value) => value * 255));
    expect(await model.predict(answer.input)).toMatchObject({ ...answer, picture: null });
    const untouched = { drawing, image: [{ step: "flatten" }] };
    expect((await (await open({ preprocess: untouched })).predictPicture(ink)).input).toEqual(ink);
  });

  test("of another size, or where the manifest does not say how to prepare it, is refused", async () => {
    const refusal = { name: "ModelError", code: "input" };
    await expect((await open()).predictPicture(ink.slice(1))).rejects.toMatchObject(refusal);
    await expect((await open({ preprocess: null })).predictPicture(ink)).rejects.toMatchObject(
      refusal,
    );
  });
});

test("numbers may be whole, and have the input's name", async () => {
  const model = await open();
  const whole = Int32Array.from({ length: 64 }, (_, i) => i % 3);
  const given = [Float32Array.from(whole), whole, { [model.manifest.input.name]: whole }];
  const [answer, ...others] = await Promise.all(given.map((numbers) => model.predict(numbers)));
  expect(others).toEqual([answer, answer]);
});
