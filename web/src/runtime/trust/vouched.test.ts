// A host that lies: what a page that pins a hash or a key accepts of it.
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { manifestOf, publish, ROOT, serve, softmaxFormats } from "../../testing/published.ts";
import { makeKey, signed, type TestKey } from "../../testing/signed.ts";
import type { ModelErrorCode } from "../errors.ts";
import { headlessHost } from "../headless.ts";
import { load } from "../load.ts";
import type { Fetch, Host, LoadOptions } from "../types.ts";
import type { Counters } from "./counters.ts";
import { vouchedBy } from "./vouched.ts";
import { refusal } from "../../testing/refusal.ts";

type Site = ReadonlyMap<string, Uint8Array>;

const ID = "0123456789ab";
const OTHER_ID = "ba9876543210";
const LATEST = `${ROOT}latest.json`;
const VERSION = `${ROOT}${ID}/`;
const MANIFEST = `${VERSION}manifest.json`;
const SIGNATURE = `${ROOT}${ID}.sig`;
const WEIGHTS = `${VERSION}layers-float32/group1-shard1of1.bin`;

const labels = ["cat", "dog", "eel"];
const input = Float32Array.of(0, 1, 0, 0.5, 0, 0.25);
/** A version, whole and consistent, whose answers depend on the seed. */
function versionOf(change: Record<string, unknown> = {}, seed = 1): Map<string, Uint8Array> {
  const formats = softmaxFormats(6, 3, seed);
  const manifest = { ...manifestOf(formats, 6, labels), ...change };
  return publish(manifest, formats, manifest);
}
const site = versionOf();
/**
 * A version of a host that changes weights and manifest together: nothing in it is inconsistent.
 */
const forged = versionOf({}, 2);

const hash = (algorithm: string, bytes: Uint8Array | undefined): string =>
  `${algorithm}-${createHash(algorithm).update(bytes!).digest("base64")}`;
let stored: Map<string, string>;
let storage: () => Counters | undefined;
const host = (): Host<never> => ({
  ...headlessHost,
  vouched: () => Promise.resolve({ findVouched: vouchedBy(() => storage()) }),
});
const open = (at: Site, options: LoadOptions, address = LATEST) =>
  load(address, { fetch: serve(at), ...options }, host());
const expectRefusal = (code: ModelErrorCode, message: string, ...asked: Parameters<typeof open>) =>
  expect(open(...asked)).rejects.toThrow(refusal(code, message));
const expectModel = (...asked: Parameters<typeof open>) =>
  expect(open(...asked)).resolves.toMatchObject({ labels });
const answers = async (at: Site, options: LoadOptions, address?: string) =>
  (await (await open(at, options, address)).predict(input)).probabilities;

beforeEach(() => {
  stored = new Map();
  storage = () => ({
    getItem: (name) => stored.get(name) ?? null,
    setItem: (name, value) => stored.set(name, value),
  });
});

test("without a hash or a key, weights and manifest that were changed together are accepted: this is what they are for", async () => {
  expect(await answers(forged, {})).not.toEqual(await answers(site, {}));
});

describe("integrity", () => {
  const pin = hash("sha384", site.get(MANIFEST));

  test("of a version's manifest is accepted", async () => {
    const expected = await answers(site, {});
    for (const algorithm of ["sha256", "sha384", "sha512"]) {
      const integrity = hash(algorithm, site.get(MANIFEST));
      expect(await answers(site, { integrity }, MANIFEST)).toEqual(expected);
    }
  });

  test("refuses a manifest and weights that were changed together, before anything is downloaded", async () => {
    const fetch = serve(forged);
    await expect(open(forged, { fetch, integrity: pin }, MANIFEST)).rejects.toThrow(
      refusal("integrity", pin),
    );
    expect(fetch.asked).toEqual([MANIFEST, MANIFEST]); // the second one is past the HTTP cache
  });

  test.each([MANIFEST, WEIGHTS])(
    "%s: what the HTTP cache kept from another owner of the host is fetched again",
    async (path) => {
      const [kept, current] = [serve(new Map(site).set(path, forged.get(path)!)), serve(site)];
      const fetch: Fetch = (url, init) => (init.cache === "reload" ? current : kept)(url, init);
      for (const options of [{ integrity: pin }]) {
        const model = await open(site, { fetch, ...options }, MANIFEST);
        expect(model.labels).toEqual(labels);
        model.dispose();
      }
    },
  );

  test("refuses weights that were changed alone, and a manifest of which one byte is another", async () => {
    const damaged = new Map(site).set(WEIGHTS, forged.get(WEIGHTS)!);
    await expectRefusal("integrity", WEIGHTS, damaged, { integrity: pin }, MANIFEST);
    const bytes = Uint8Array.from(site.get(MANIFEST)!);
    bytes[bytes.length - 1] = 32; // the brace
    await expectRefusal(
      "integrity",
      "",
      new Map(site).set(MANIFEST, bytes),
      { integrity: pin },
      MANIFEST,
    );
  });

  test("of a latest.json is accepted where that holds all that is used", async () => {
    const fetch = serve(site);
    await open(site, { fetch, integrity: hash("sha384", site.get(LATEST)) });
    expect(fetch.asked).not.toContain(MANIFEST);
  });

  test("of a latest.json that merely names a version is refused, which says what to pin instead", async () => {
    const bare = new Map(site).set(
      LATEST,
      new TextEncoder().encode(JSON.stringify({ version: ID })),
    );
    for (const [at, more] of [
      [bare, {}],
      [site, { format: "layers-float32" }],
      [site, { key: makeKey().key }],
    ] as const) {
      const pinned = { integrity: hash("sha384", at.get(LATEST)), ...more };
      await expectRefusal("integrity", `integrity must be that of ${MANIFEST}`, at, pinned);
    }
  });

  test.each([
    ["nothing", ""],
    ["a word", "undefined"],
    ["another algorithm", hash("sha1", site.get(MANIFEST))],
    ["hexadecimal digits", `sha256-${"0".repeat(64)}`],
    ["a hash that is cut off", pin.slice(0, -1)],
    ["a hash of another length", pin.replace("sha384", "sha512")],
    ["two hashes", `${pin} ${pin}`],
  ])("that is %s is refused before anything is asked for", async (_, integrity) => {
    const fetch = serve(site);
    await expect(open(site, { fetch, integrity }, MANIFEST)).rejects.toThrow(refusal("input"));
    expect(fetch.asked).toHaveLength(1); // the file at src, and no weight
  });

  test("on plain http works with sha256, and says why with another one", async () => {
    vi.stubGlobal("crypto", {});
    const integrity = hash("sha256", site.get(MANIFEST));
    await expectModel(site, { integrity }, MANIFEST);
    await expectRefusal(
      "integrity",
      "manifest.json: if that has changed, copy",
      forged,
      { integrity },
      MANIFEST,
    );
    await expectRefusal(
      "integrity",
      "manifest.json: if that has changed, copy",
      site,
      { integrity },
      LATEST,
    );
    await expectRefusal("integrity", "plain http", site, { integrity: pin }, MANIFEST);
  });
});

describe("key", () => {
  let owner: TestKey;
  beforeEach(() => {
    owner = makeKey(); // what was seen of a key is remembered for the life of this module
  });

  test("accepts what its owner signed, by either address, and downloads the whole manifest and the signature", async () => {
    const at = signed(site, owner, 1);
    const expected = await answers(site, {});
    for (const address of [LATEST, MANIFEST]) {
      const fetch = serve(at);
      expect(await answers(at, { fetch, key: owner.key }, address)).toEqual(expected);
      expect(fetch.asked.slice(address === LATEST ? 1 : 0, -2)).toEqual([MANIFEST, SIGNATURE]);
    }
  });

  test("asks for the signature anew: a version may be signed again", async () => {
    const caches = new Map<string, string>();
    const fetch: Fetch = (url, init) => {
      caches.set(url, init.cache);
      return serve(signed(site, owner, 1))(url, init);
    };
    await open(site, { fetch, key: owner.key });
    expect(Object.fromEntries(caches)).toMatchObject({
      [LATEST]: "no-cache",
      [MANIFEST]: "default",
      [SIGNATURE]: "no-cache",
    });
  });

  test("accepts together with the hash of a version's manifest", async () => {
    const options = { key: owner.key, integrity: hash("sha384", site.get(MANIFEST)) };
    await expectModel(signed(site, owner, 1), options, MANIFEST);
    await expectRefusal("integrity", "pinned", signed(forged, owner, 1), options, MANIFEST);
  });

  /** Each is consistent in itself, and refused before a weight is asked for. */
  test.each<[string, (right: TestKey) => Site, ModelErrorCode, string]>([
    ["there is no signature", () => site, "network", "must be signed"],
    [
      "another key signed",
      () => signed(site, makeKey(), 9),
      "integrity",
      "Copy the key again, or sign it again",
    ],
    [
      "manifest and weights were changed together",
      (right) => new Map(forged).set(SIGNATURE, signed(site, right, 1).get(SIGNATURE)!),
      "integrity",
      "manifest.json",
    ],
    [
      "the signed manifest lists files that are not signed",
      (right) => {
        const at = new Map(site);
        at.delete(WEIGHTS);
        return signed(at, right, 1);
      },
      "integrity",
      "layers-float32/group1-shard1of1.bin",
    ],
    [
      "the signature is no JSON",
      () => new Map(site).set(SIGNATURE, new Uint8Array(3)),
      "manifest",
      "JSON",
    ],
    [
      "another model of the same key is shown",
      (right) => signed(versionOf({ name: "letters" }), right, 1),
      "integrity",
      "letters",
    ],
    [
      "another version of the same key is shown",
      (right) => {
        const other = [...versionOf({ version: OTHER_ID })];
        const moved = new Map(other.map(([url, content]) => [url.replace(OTHER_ID, ID), content]));
        return signed(moved.set(LATEST, site.get(LATEST)!), right, 1);
      },
      "integrity",
      OTHER_ID,
    ],
  ])("refuses when %s", async (_, made, code, message) => {
    const at = made(owner);
    for (const address of [LATEST, MANIFEST]) {
      const fetch = serve(at);
      await expect(open(at, { fetch, key: owner.key }, address)).rejects.toThrow(
        refusal(code, message),
      );
      expect(fetch.asked.filter((url) => /\.bin$|model\.json$/.test(url))).toEqual([]);
    }
    expect(stored.size).toBe(0);
  });

  test("refuses weights that were changed alone", async () => {
    const at = signed(site, owner, 1).set(WEIGHTS, forged.get(WEIGHTS)!);
    await expectRefusal("integrity", WEIGHTS, at, { key: owner.key });
  });

  test("that is none, or on plain http, is refused before anything is asked for, and says why", async () => {
    const fetch = serve(signed(site, owner, 1));
    const keys = {
      "": "nothing",
      "MFkw…": "5 characters, some of which are not",
      AAAA: "3 bytes of something else",
    };
    for (const [key, received] of Object.entries(keys)) {
      const message = `Received: "${received}". Give it the line that \`pipeline keygen\` printed.`;
      await expectRefusal("input", message, site, { fetch, key });
    }
    vi.stubGlobal("crypto", {});
    await expectRefusal("integrity", "plain http", site, { fetch, key: owner.key });
    expect(fetch.asked).toEqual([LATEST, LATEST, LATEST, LATEST]); // the file at src, and no weight
  });

  test("at an address that names neither a model nor a version, any that it signed is accepted", async () => {
    const at = new Map(
      [...signed(site, owner, 1)].map(([url, content]) => [url.replace(ID, "model"), content]),
    );
    await expect(open(at, { key: owner.key }, `${ROOT}model/manifest.json`)).resolves.toMatchObject(
      { labels },
    );
  });

  test("its signature says until when, whatever latest.json says, unless the page names the version", async () => {
    const saying = (expires: string) => {
      const pointer = {
        ...(JSON.parse(new TextDecoder().decode(site.get(LATEST))) as object),
        expires,
      };
      return new Map(site).set(LATEST, new TextEncoder().encode(JSON.stringify(pointer)));
    };
    const at = saying("2100-01-01T00:00:00Z");
    expect((await open(site, {})).expires).toBeUndefined();
    expect((await open(at, {})).expires).toBe("2100-01-01T00:00:00Z");
    const old = "2020-02-29T00:00:00Z";
    expect((await open(signed(at, owner, 1, ID, old), { key: owner.key })).expires).toBe(old);
    expect((await open(signed(saying(old), owner, 1), { key: owner.key })).expires).toBe(old);
    expect(
      (await open(signed(at, owner, 1, ID, old), { key: owner.key }, MANIFEST)).expires,
    ).toBeUndefined();
  });

  test("looks for the signature of a manifest without a folder on the same host", async () => {
    const fetch = serve(new Map([["https://example.org/manifest.json", site.get(MANIFEST)!]]));
    await expect(
      open(site, { fetch, key: owner.key }, "https://example.org/manifest.json"),
    ).rejects.toThrow();
    expect(fetch.asked.at(-1)).toBe("https://example.org/.sig");
  });

  describe("against rollback", () => {
    const older = versionOf({ version: OTHER_ID }, 3);
    const olderSigned = (counter?: number) => signed(older, owner, counter, OTHER_ID);
    const OLDER = "must not be older";

    test("refuses a lower counter than it has seen, accepts an equal and a higher one", async () => {
      const { key } = owner;
      await open(signed(site, owner, 5), { key });
      await expectRefusal("integrity", OLDER, olderSigned(4), { key });
      await expectModel(olderSigned(5), { key });
      await expectModel(olderSigned(6), { key });
      await expectRefusal("integrity", OLDER, signed(site, owner, 5), { key });
      const other = makeKey(); // a signature without a counter is older than any with one
      await open(signed(older, other, undefined, OTHER_ID), { key: other.key });
      await open(signed(site, other, 1), { key: other.key });
      await expectRefusal("integrity", OLDER, signed(older, other, undefined, OTHER_ID), {
        key: other.key,
      });
    });

    const refusing = (name: string) => () => {
      throw new DOMException("no", name);
    };
    const full = { getItem: () => "something", setItem: refusing("QuotaExceededError") };
    test.each<[string, () => Counters | undefined]>([
      ["there is no storage", () => undefined],
      ["storage is forbidden", refusing("SecurityError")],
      ["storage is full and holds something else", () => full],
    ])("is remembered for the life of the page where %s", async (_, from) => {
      storage = from;
      const { key } = owner;
      await open(signed(site, owner, 5), { key });
      await expectRefusal("integrity", OLDER, olderSigned(4), { key });
    });

    test("is kept apart for each key and each model", async () => {
      await open(signed(site, owner, 5), { key: owner.key });
      const other = makeKey();
      await expectModel(signed(older, other, 4, OTHER_ID), { key: other.key });
      const renamed = (url: string) => url.replace("digits", "letters");
      const letters = [...signed(versionOf({ name: "letters" }), owner, 4)];
      const at = new Map(letters.map(([url, content]) => [renamed(url), content]));
      await expectModel(at, { key: owner.key }, renamed(LATEST));
    });

    test("does not stand in the way of a page that names an old version itself", async () => {
      const { key } = owner;
      await open(signed(site, owner, 5), { key });
      const address = `${ROOT}${OTHER_ID}/manifest.json`;
      await expectModel(olderSigned(4), { key }, address);
      await expectRefusal("integrity", OLDER, olderSigned(4), { key });
    });
  });
});
