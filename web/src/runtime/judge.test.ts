import { describe, expect, test, vi } from "vitest";
import { fileOf, manifestOf, publish, ROOT, serve, softmaxFormats } from "../testing/published.ts";
import { headlessHost } from "./headless.ts";
import { confidenceOf, fetchJudge } from "./judge.ts";
import { load } from "./load.ts";
import type { Host, LoadOptions, Prediction } from "./types.ts";

test.each([
  [[0.8, 0.2], { temperature: 1 }, 0.8],
  [[0.98, 0.02], { temperature: Math.log(49) / Math.log(4) }, 0.8],
  [[0.8, 0.2], { temperature: Math.log(4) / Math.log(9) }, 0.9],
  [[1, 0], { temperature: 2 }, 1],
  [[0.25, 0.25, 0.5], { temperature: 0.5 }, 4 / 6],
  [[0.98, 0.02], { temperature: 1, ceiling: 0.95 }, 0.95],
  [[0.8, 0.2], { temperature: 1, ceiling: 0.95 }, 0.8],
])("the confidence of %j is, with %j, %f", (probabilities, correction, expected) => {
  expect(confidenceOf(Float32Array.from(probabilities), correction)).toBeCloseTo(expected, 6);
});

const formats = softmaxFormats(4, 2);
/**
 * Two hidden units: an input is unlike what is known if its first number is more than half its
 * second.
 */
const familiar = {
  ...{ inputs: 4, pool: 1, hidden: { scale: 0.5, min: -1 } },
  ...{ biases: [0, 0], outputs: [1, -1], bias: 0 },
};
const weights = Uint8Array.of(4, 2, 2, 2, 2, 3, 2, 2); // 1, 0, 0, 0 and 0, ½, 0, 0
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function site(
  change: {
    readonly manifest?: object;
    readonly judging?: object;
    readonly weights?: Uint8Array;
  } = {},
): Map<string, Uint8Array> {
  const known = fileOf("familiar.json", encode(familiar));
  const files = { familiar: known, familiar_weights: fileOf("familiar.bin", weights) };
  const facts = { confidence: { temperature: 2 }, files, probes: null, ...change.manifest };
  const judging = change.judging ?? fileOf("judging.json", encode(facts));
  const brought = {
    ...manifestOf(formats, 4, ["a", "b"]),
    default_format: "layers-float32",
    judging,
  };
  Object.assign(brought, {
    input: { shape: [4], dtype: "float32", image: { height: 2, width: 2, channels: 1 } },
  });
  const published = publish({ ...brought, ...facts }, formats, brought);
  const texts = { "judging.json": encode(facts), "familiar.json": encode(familiar) };
  for (const [path, bytes] of Object.entries({
    ...texts,
    "familiar.bin": change.weights ?? weights,
  }))
    published.set(`${ROOT}0123456789ab/${path}`, bytes);
  return published;
}

const host: Host<never> = {
  ...headlessHost,
  whole: undefined as never, // as embed.js, which takes what latest.json includes of the manifest
  extras: async () => ({ ...(await headlessHost.extras()), fetchJudge }),
};
const open = async (
  fetch = serve(site()),
  options: LoadOptions = {},
  address = `${ROOT}latest.json`,
) => load(address, { fetch, ...options }, host);
const near = new Float32Array(4);
const JUDGES = ["judging.json", "familiar.json", "familiar.bin"];
const ELSEWHERE = { path: "../x", bytes: 1, sha256: "" };
/** A file of a petabyte, says the manifest. */
const endless = (path: string) => ({ path, bytes: 1e15, sha256: "" });

test.each([
  [undefined, 0],
  ["2100-01-01T00:00:00Z", 0],
  ["2020-02-29T00:00:00Z", 1],
  ["soon", 0],
])(
  "of a latest.json that holds until %s the console is told %d times, and answers come all the same",
  async (expires, times) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const at = site();
    const pointer = JSON.parse(new TextDecoder().decode(at.get(`${ROOT}latest.json`))) as object;
    const loaded = await open(serve(at.set(`${ROOT}latest.json`, encode({ ...pointer, expires }))));
    await loaded.judge((await loaded.predict(near)) as Prediction);
    await loaded.predict(near);
    const told: unknown = expect.stringMatching(/renewed by 2020-02-29.*old version/);
    expect(warn.mock.calls).toEqual(Array(times).fill([told]));
  },
);

describe("a judgement", () => {
  test.each([
    ["latest.json", JUDGES],
    ["0123456789ab/manifest.json", JUDGES.slice(1)], // which says all itself
  ])(
    "comes with all predictions of %s but the first, after which %j are fetched",
    async (path, files) => {
      const fetch = serve(site());
      const loaded = await open(fetch, {}, `${ROOT}${path}`);
      const before = fetch.asked.length;
      const first = await loaded.predict(near);
      expect([first.confidence, first.familiarity]).toEqual([undefined, undefined]);
      const judged = (await loaded.judge(first as Prediction))!;
      expect(fetch.asked.slice(before).map((url) => url.split("/").at(-1))).toEqual(files);
      const { confidence, familiarity, probabilities } = await loaded.predict(near);
      expect({ confidence, familiarity }).toEqual(judged);
      expect(confidence).toBe(confidenceOf(probabilities!, { temperature: 2 }));
      expect(fetch.asked).toHaveLength(before + files.length);
    },
  );

  test("says how unlike what is known an input is, where 1 is the limit", async () => {
    const loaded = await open();
    const answer = async (...input: number[]) =>
      (await loaded.judge((await loaded.predict(Float32Array.from(input))) as Prediction))!
        .familiarity!;
    expect(await answer(3, 6, 9, 9)).toEqual({ distance: 1, isFamiliar: false });
    const [far, close] = [
      await answer(Math.log(3), 0, 0, 0),
      await answer(0, 2 * Math.log(3), 0, 0),
    ];
    expect([far.isFamiliar, close.isFamiliar]).toEqual([false, true]);
    expect(far.distance).toBeCloseTo(1.5, 6);
    expect(close.distance).toBeCloseTo(0.5, 6);
  });

  test.each([
    ["the version says nothing of either", { manifest: { confidence: null, files: {} } }, "object"],
    ["the weights are damaged", { weights: Uint8Array.of(1) }, "number"],
    ["judging.json is damaged", { judging: fileOf("judging.json", weights) }, "undefined"],
    ["judging.json lies elsewhere", { judging: ELSEWHERE }, "undefined"],
    ["judging.json is too large to be fetched", { judging: endless("x") }, "undefined"],
    [
      "the files of the rule are too large to be fetched",
      { manifest: { files: { familiar: endless("x"), familiar_weights: endless("x") } } },
      "number",
    ],
    [
      "files lie elsewhere",
      { manifest: { files: { familiar: ELSEWHERE, familiar_weights: ELSEWHERE } } },
      "number",
    ],
  ])("is null or missing where %s", async (_, change, kind) => {
    const fetch = serve(site(change));
    const loaded = await open(fetch);
    const { confidence, familiarity = null } =
      (await loaded.judge((await loaded.predict(near)) as Prediction)) ?? {};
    expect([typeof confidence, familiarity]).toEqual([kind, null]);
    expect(fetch.asked.filter((url) => url.endsWith("/x"))).toEqual([]);
  });
});
