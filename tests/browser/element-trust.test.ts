// <sketch-classifier> with a pinned hash or key, and a host that stands still.
// web/src/runtime/trust/ has each way to be wrong.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { bundleOf, makeKey } from "../../web/src/testing/signed.ts";
import { Blog, deep, inChromium, inEveryBrowser, until, VERSION, WEIGHTS } from "./scenario.ts";

declare global {
  /** Code and message of the error event. */
  var failure: string | undefined;
}

const owner = makeKey();
const SIGNATURE = `${VERSION}.sig`;
const OTHER = VERSION.replace("digits", "letters");
const FALLBACK = "<p>Here you could draw.</p>";
const LISTENING = `addEventListener("error", ({ detail }) => {
  if (detail) globalThis.failure = detail.code + ": " + detail.message;
}, true);`;

/** The owner's signature of a version's folder. */
async function signatureOf(folder: string, counter: number): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => [relative(folder, path), await readFile(path)] as const),
  );
  return Buffer.from(bundleOf(new Map(files), owner, counter));
}

async function furnish(site: string): Promise<void> {
  for (const version of [VERSION, OTHER]) {
    await writeFile(join(site, `${version}.sig`), await signatureOf(join(site, version), 5));
  }
}

const keyed = (blog: Blog) => blog.element(`key="${owner.key}"`, FALLBACK);

/** Open a post whose element must refuse: the fallback content stays, and the page is told why. */
async function refusal(blog: Blog, body: string, script = ""): Promise<string> {
  await blog.post(body, { script: LISTENING + script });
  await blog.until(() => globalThis.failure);
  await expect.poll(() => blog.isShown(".pad")).toBe(false);
  expect(
    await blog.page.$eval("sketch-classifier p", (content) => content.getClientRects().length),
  ).toBe(1);
  return blog.page.evaluate(() => globalThis.failure!);
}

inEveryBrowser(
  (blog) => {
    test("a key accepts what its owner signed, and refuses on the next visit what is older", async () => {
      blog.mayComplain = /must not be older than/;
      // a script that the browser keeps until then
      await blog.drawn(keyed(blog), { script: LISTENING });
      expect(blog.seen.complaints).toEqual([]);
      const kept = await blog.page.evaluate(() => Object.entries(localStorage));
      expect(kept).toEqual([[`sketch-classifier ${owner.key} digits`, "5"]]);
      const older = await signatureOf(join(blog.site.folder, VERSION), 4);
      blog.site.change(SIGNATURE, () => older);
      expect(await refusal(blog, keyed(blog))).toMatch(/^integrity: digits must not be older /);
    });
  },
  new Blog({ letters: Array.from("abcdefghij") }, furnish),
);

inChromium(
  (blog) => {
    test("a key that a template forgot is refused, not ignored; one that is set later replaces the model", async () => {
      blog.mayComplain = /key must be a public key/;
      blog.host.keeps = false; // each post has a script of the same name
      expect(await refusal(blog, blog.element("key", FALLBACK))).toMatch(/^input: key must /);
      await blog.post(blog.element("", FALLBACK));
      await blog.loaded();
      const before = blog.requestsOf(SIGNATURE);
      await blog.set({ key: owner.key });
      await until(() => blog.requestsOf(SIGNATURE) === before + 1);
      await blog.loaded();
    });

    test("a host that stands still, at the first file or in the middle, ends in an error, which trying again mends", async () => {
      blog.mayComplain = /nothing for 30 s/;
      const hurry = `const wait = globalThis.setTimeout;
        globalThis.setTimeout = (act, ms, ...more) => wait(act, ms === 30_000 && !globalThis.patient ? 300 : ms, ...more);`;
      for (const stalled of ["models/digits/latest.json", WEIGHTS]) {
        blog.site.change(stalled, () => new Promise<never>(() => undefined));
        const said = await refusal(blog, blog.element("", FALLBACK), hurry);
        expect(said).toMatch(/^network: .* Received: nothing for 30 s\./);
        blog.site.change();
        blog.site.keeps = false;
        await blog.page.evaluate("globalThis.patient = true"); // on a busy machine
        await blog.page.click(deep(".fallback button"));
        await blog.drawn();
      }
    });
  },
  new Blog({ letters: Array.from("abcdefghij") }, furnish),
);
