import { expect, test, vi } from "vitest";

const modules = {
  "embed.js": () => import("./embed.ts"),
  "load.js": () => import("./load.ts"),
  "the class": () => import("./element.ts"),
  "its registration": () => import("./define.ts"),
};

test.each(Object.entries(modules))("importing %s does nothing where there is no page", async (_, load) => {
  const before = Object.getOwnPropertyNames(globalThis);
  await load();
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
});

test("the modules export what they promise, and calling define() there does nothing", async () => {
  const embed = await import("./embed.ts");
  expect(Object.keys(embed).sort()).toEqual(["ModelError", "SketchClassifierElement", "define", "load"]);
  expect(Object.keys(await import("./load.ts")).sort()).toEqual(["ModelError", "load"]);
  const warn = vi.spyOn(console, "warn");
  embed.define();
  expect(warn).not.toHaveBeenCalled();
});

test("outside a page, a relative address and an unreadable drawing are typed errors", async () => {
  const { load } = await import("./load.ts");
  const { toPixels } = await import("./pixels.ts");
  await expect(load("models/latest.json")).rejects.toMatchObject({ name: "ModelError", code: "input" });
  for (const source of [null, undefined, "text", {}, new Blob(["x"])]) {
    await expect(toPixels(source as never)).rejects.toMatchObject({ name: "ModelError", code: "input" });
  }
});
