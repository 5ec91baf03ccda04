import { expect, test, vi } from "vitest";
import { manifestOf, publish, ROOT, serve, softmaxFormats } from "../testing/published.ts";
import { refusal } from "../testing/refusal.ts";
import { load } from "./load.ts";

test("the modules export what they promise, and calling define() there does nothing", async () => {
  const embed = await import("./embed.ts");
  expect(Object.keys(embed).sort()).toEqual([
    "ModelError",
    "SketchClassifierElement",
    "define",
    "load",
  ]);
  expect(Object.keys(await import("./load.ts")).sort()).toEqual(["ModelError", "load"]);
  const warn = vi.spyOn(console, "warn");
  embed.define();
  expect(warn).not.toHaveBeenCalled();
});

test("outside a page, a relative address and an unreadable drawing are typed errors", async () => {
  const { toPixels } = await import("./pixels.ts");
  await expect(load("models/latest.json")).rejects.toMatchObject({
    name: "ModelError",
    code: "input",
  });
  vi.stubGlobal("location", { href: ROOT }); // in a page, none is refused too
  await expect(load(undefined as never)).rejects.toThrow(refusal("input", "Received: undefined"));
  vi.unstubAllGlobals();
  const sources = {
    "null.": null,
    '"#pad".': "#pad",
    '"[object Object]': {},
    '"[object Blob]': new Blob(["x"]),
  };
  for (const [received, source] of Object.entries(sources)) {
    await expect(toPixels(source as never)).rejects.toThrow(
      refusal("input", `Received: ${received}`),
    );
  }
});

const side = { height: 4, width: 4 };
const cover = { step: "cover", ...side };
const ink = { step: "ink" };

test.each([
  ["ink alone", [ink, { step: "fit", box: 4 }, { step: "center", ...side }], []],
  ["grey", [{ step: "grey", background: 1 }, cover], []],
  ["colours", [{ step: "rgb", background: 1 }, cover], [{ step: "bgr" }], 3],
  ["ink on a picture that is covered", [ink, cover], []],
  ["ink on a picture that is contained", [ink, { step: "contain", ...side, background: 0 }], []],
  ["ink on a picture that is stretched", [ink, { step: "stretch", ...side }], []],
  [
    "ink that is normalized",
    [ink, { step: "center", ...side }],
    [{ step: "normalize", mean: 0, deviation: 1 }],
  ],
])("the part that is fetched knows the steps of %s", async (_, drawing, image, channels = 1) => {
  const length = 16 * channels;
  const formats = softmaxFormats(length, 2);
  const change = {
    input: { image: { ...side, channels } },
    preprocess: { drawing, image: [...image, { step: "flatten" }] },
  };
  const site = publish(manifestOf(formats, length, ["left", "right"], change), formats);
  const model = await load(`${ROOT}latest.json`, { fetch: serve(site) });
  // a slanted line
  const data = new Uint8ClampedArray(4 * 64).map((_, i) => (i % 36 < 3 ? 0 : 255));
  expect((await model.predict({ data, width: 8, height: 8 })).input).toHaveLength(length);
});
