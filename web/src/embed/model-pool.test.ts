import { expect, test, vi } from "vitest";
import { manifestOf, publish, ROOT, serve, softmaxFormats } from "../testing/published.ts";
import { makeKey, signed } from "../testing/signed.ts";
import { acquireModel, type Wanted } from "./model-pool.ts";

const formats = softmaxFormats(6, 2);
/** An element takes drawings only. */
const drawn = {
  input: { image: { height: 2, width: 3, channels: 1 } },
  preprocess: {
    drawing: [{ step: "ink" }, { step: "fit", box: 2 }, { step: "center", height: 2, width: 3 }],
    image: [{ step: "flatten" }],
  },
};
const site = publish(manifestOf(formats, 6, ["left", "right"], drawn), formats);
const url = `${ROOT}latest.json`;

test("an element with a fetch of its own shares no model, and asks nothing else", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("nobody may ask")));
  const [one, other] = [serve(site), serve(site)].map((fetch) =>
    acquireModel(url, { fetch }, true, vi.fn()),
  );
  expect(await one!.model).not.toBe(await other!.model);
  await expect(acquireModel(url, {}, false, vi.fn()).model).rejects.toMatchObject({
    code: "network",
  });
});

test("elements share a model only where they ask for the same hash and key", async () => {
  const [owner, stranger] = [makeKey(), makeKey()];
  vi.stubGlobal("fetch", serve(signed(site, owner, 1)));
  const acquire = (wanted: Wanted) => acquireModel(url, wanted, false, vi.fn());
  const plain = acquire({});
  const keyed = acquire({ key: owner.key });
  const others = [
    { key: stranger.key },
    { integrity: `sha256-${"A".repeat(43)}=` },
    { key: "" },
    { integrity: "" },
  ];
  for (const wanted of others) {
    await expect(acquire(wanted).model).rejects.toMatchObject({ name: "ModelError" });
  }
  expect(await acquire({}).model).toBe(await plain.model);
  expect(await acquire({ key: owner.key }).model).toBe(await keyed.model);
  expect(await keyed.model).not.toBe(await plain.model);
});
