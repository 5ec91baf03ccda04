// <sketch-classifier> with a pinned hash or key, and a host that stands still, in every browser.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeKey } from "../../web/src/testing/signed.ts";
import { onABlog, VERSION, WEIGHTS, type Blog } from "./blog.ts";
import type { Host } from "./server.ts";
import { addModel, signatureOf } from "./site.ts";

declare global {
  /** Of the error that the page heard of. */
  var failure: string | undefined;
}

const owner = makeKey();
const MANIFEST = `${VERSION}/manifest.json`;
const SIGNATURE = `${VERSION}.sig`;
const OTHER = VERSION.replace("digits", "letters");
const FALLBACK = "<p>Here you could draw.</p>";
const LISTENING = `addEventListener("error", ({ detail }) => {
  if (detail) globalThis.failure = detail.code + ": " + detail.message;
}, true);`;

onABlog(scenarios, {
  async furnish(site) {
    await addModel(site, "letters", Array.from("abcdefghij"));
    for (const version of [VERSION, OTHER]) {
      await writeFile(join(site, `${version}.sig`), await signatureOf(join(site, version), owner, 5));
    }
  },
});

function scenarios(blog: Blog) {
  const read = (path: string) => readFile(join(blog.site.folder, path));
  const keyed = () => blog.element(`key="${owner.key}"`, FALLBACK);

  /** Open a post whose element must refuse: the fallback content stays, and the page is told why. */
  async function refusal(body: string, script = ""): Promise<string> {
    await blog.open(body, { script: LISTENING + script });
    await blog.page.waitForFunction(() => globalThis.failure);
    expect(await blog.isShown(".pad")).toBe(false);
    const shown = () => document.querySelector("sketch-classifier p")!.getClientRects().length;
    expect(await blog.page.evaluate(shown)).toBe(1);
    return blog.page.evaluate(() => globalThis.failure!);
  }

  describe("a key", () => {
    test("accepts what its owner signed, and remembers the counter", async () => {
      await blog.open(keyed());
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(blog.complaints).toEqual([]);
      const kept = await blog.page.evaluate(() => Object.entries(localStorage));
      expect(kept).toEqual([[`sketch-classifier ${owner.key} digits`, "5"]]);
    });

    test("refuses on the next visit what is older", async () => {
      await blog.open(keyed(), { script: LISTENING }); // a script that the browser keeps until then
      await blog.ready();
      const older = await signatureOf(join(blog.site.folder, VERSION), owner, 4);
      blog.site.tamper = (path, body) => (path === SIGNATURE ? older : body);
      expect(await refusal(keyed())).toMatch(/^integrity: digits must not be older /);
    });

    const changed = async (body: Buffer, from: RegExp, to: string) => {
      const other = Buffer.from(body.toString().replace(from, to));
      expect(other).not.toEqual(body);
      return Promise.resolve(other);
    };
    test.each<[string, Host["tamper"], RegExp]>([
      ["is not signed", (path, body) => (path === SIGNATURE ? null : body), /^network: .* must be signed/],
      [
        "has another signature",
        (path, body) => (path === SIGNATURE ? changed(body, /("sig":".{20})../, "$1AA") : body),
        /^integrity: .* signed with the key/,
      ],
      [
        "has another manifest",
        (path, body) => (path === MANIFEST ? changed(body, /"9"/, '"8"') : body),
        /^integrity: manifest\.json of .* signed SHA-256/,
      ],
      [
        "is another model of the same owner",
        (path, body) => (path.startsWith(VERSION) ? read(path.replace("digits", "letters")) : body),
        /^integrity: .* must be digits 0123456789ab/,
      ],
    ])("refuses what %s, before a weight is asked for", async (_, tamper, reason) => {
      blog.site.tamper = tamper;
      expect(await refusal(keyed())).toMatch(reason);
      expect(blog.requestsOf(WEIGHTS)).toBe(0);
    });

    test("refuses weights of another model", async () => {
      blog.site.tamper = (path, body) =>
        path === WEIGHTS ? Buffer.from(body.map((byte, index) => (index === 9 ? byte ^ 1 : byte))) : body;
      expect(await refusal(keyed())).toMatch(/^integrity: .* SHA-256/);
    });

    test("that was forgotten by a template is refused, not ignored", async () => {
      expect(await refusal(blog.element("key", FALLBACK))).toMatch(/^input: key must /);
    });

    test("says why it cannot be checked where WebCrypto is hidden", async () => {
      const hidden = 'Object.defineProperty(crypto, "subtle", { value: undefined });';
      expect(await refusal(keyed(), hidden)).toMatch(/^integrity: .* plain http/);
    });

    test("set later replaces a model that was loaded without it", async () => {
      await blog.open(blog.element("", FALLBACK));
      await blog.ready();
      await blog.page.evaluate((key: string) => {
        const element = document.querySelector("sketch-classifier")!;
        globalThis.heard = [];
        element.key = key;
      }, owner.key);
      await blog.page.waitForFunction(() => heard.includes("load"));
      expect(blog.requestsOf(SIGNATURE)).toBe(1);
    });
  });

  describe("integrity", () => {
    const pinned = async () => {
      const hash = createHash("sha384").update(await read(MANIFEST));
      return `<sketch-classifier src="${blog.site.url}${MANIFEST}" integrity="sha384-${hash.digest("base64")}"
        >${FALLBACK}</sketch-classifier>`;
    };

    test("accepts the manifest that it is of", async () => {
      await blog.open(await pinned());
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(blog.complaints).toEqual([]);
    });

    test("refuses another one, before a weight is asked for", async () => {
      blog.site.tamper = (path, body) => (path === MANIFEST ? Buffer.concat([body, Buffer.from(" ")]) : body);
      expect(await refusal(await pinned())).toMatch(/^integrity: .* pinned hash sha384-/);
      expect(blog.requestsOf(WEIGHTS)).toBe(0);
    });
  });

  test.each(["models/digits/latest.json", WEIGHTS])(
    "a host that stands still at %s ends in an error",
    async (stalled) => {
      blog.site.tamper = (path, body) => (path === stalled ? new Promise<never>(() => undefined) : body);
      const hurry = `const wait = globalThis.setTimeout;
      globalThis.setTimeout = (act, ms, ...more) => wait(act, ms === 30_000 ? 300 : ms, ...more);`;
      expect(await refusal(blog.element("", FALLBACK), hurry)).toMatch(/^network: .* Received: nothing for 30 s\./);
      blog.site.tamper = (_, body) => body;
      await blog.press(".fallback button");
      await blog.ready();
    },
  );
}
