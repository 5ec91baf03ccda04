import { expect, test } from "vitest";

test("importing it does nothing, also where there is no page", async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  const embed = await import("./embed.ts");
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
  expect(Object.keys(embed).sort()).toEqual(["ModelError", "load"]);
});

test("outside a page, a relative address and an unreadable drawing are typed errors", async () => {
  const { load } = await import("./embed.ts");
  const { toPixels } = await import("./pixels.ts");
  await expect(load("models/latest.json")).rejects.toMatchObject({ name: "ModelError", code: "input" });
  for (const source of [null, undefined, "text", {}, new Blob(["x"])]) {
    await expect(toPixels(source as never)).rejects.toMatchObject({ name: "ModelError", code: "input" });
  }
});
