// The snippets of embed.html, each as it is printed, on a strict blog of another origin.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporary } from "../../web/src/testing/temporary.ts";
import { Blog, inChromium, inEveryBrowser, policyFor, python } from "./scenario.ts";

declare global {
  /** The script (or preload of one) that failed, and the text that a snippet has printed. */
  var failed: string | undefined;
  var said: string | undefined;
}
/** Notes both. */
const LISTENING = `console.log = (...all) => { globalThis.said = JSON.stringify(all); };
  addEventListener("error", ({ target }) => { if (target.localName) globalThis.failed = target.localName; }, true);`;

const PAD = "A drawing pad, pinned";
const asked = ({ site }: Blog, part: string) =>
  site.asked.filter((path) => path.includes(part)).length;

/** Open the snippet of load() on a blog that allows its inline scripts, by their hashes. */
async function openOwnCanvas(blog: Blog, head = ""): Promise<void> {
  const code = blog.snippet("Your own canvas or image");
  const scripts = [...`${head}${code}`.matchAll(/<script[^>]*>([^]*?)<\/script>/g)];
  const hashes = scripts.map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  const policy = policyFor(blog.site.origin).replace(
    "script-src",
    `script-src ${hashes.join(" ")}`,
  );
  await blog.post(code, { head, policy, script: LISTENING });
}

inChromium((blog) => {
  test.each([
    ["the pinned pad asks for nothing that a later publication replaces", PAD, "assets/embed-"],
    [
      "the pad of the latest version asks what is current",
      "Always the latest version",
      "latest.json",
    ],
  ])("%s", async (_, title, part) => {
    await blog.drawn(blog.snippet(title), { head: "" });
    expect(["assets/embed-", "latest.json"].filter((part) => asked(blog, part) > 0)).toEqual([
      part,
    ]);
    expect(blog.site.asked.includes("embed.js")).toBe(title !== PAD);
  });

  test("the lines of `pipeline versions embed --key`: pinned code, and what the key's owner has signed", async () => {
    const folder = await temporary();
    const key = join(folder, "key.pem");
    const pipeline = async (...words: readonly string[]) => {
      const site = ["--site", blog.site.folder];
      const { stdout } = await python(["-m", "pipeline", ...words, ...site], { cwd: folder });
      return stdout;
    };
    await pipeline("keygen", key);
    await pipeline("sign", "digits", "--key", key);
    const address = ["--base-url", blog.site.url];
    const lines = await pipeline("versions", "embed", "digits", ...address, "--key", `${key}.pub`);
    expect(lines).toContain('integrity="sha384-');
    await blog.drawn(lines, { head: "" });
    expect(asked(blog, "assets/embed-")).toBe(1);
    expect(asked(blog, ".sig")).toBe(1);
    expect(blog.site.asked).not.toContain("embed.js");
  });

  test("your own canvas or image: it answers, and the module is fetched once", async () => {
    await openOwnCanvas(blog);
    await blog.until(() => globalThis.said === "[null,null]"); // an empty canvas
    expect(asked(blog, "assets/load-")).toBe(1);
  });
}, new Blog());

inEveryBrowser((blog) => {
  test("the pad answers where only scripts with a nonce may run; where strings may not become scripts too, but in WebKit", async () => {
    const code = blog.snippet(PAD);
    for (const more of ["", " 'strict-dynamic'"]) {
      const policy = policyFor(blog.site.origin).replace(
        /script-src [^;]*/,
        `script-src 'nonce-abc'${more}`,
      );
      const withNonce = code.replace("<script ", '<script nonce="abc" ');
      await blog.post(
        `<!doctype html><html lang="en"><script nonce="abc" src="blog.js"></script>${withNonce}</html>`,
        {
          policy,
        },
      );
      await blog.drawn();
      // The scripts that loaded its parts are removed again, at the latest once they have arrived.
      const own = () =>
        blog.page.$$eval("script, link", (all) =>
          all.map((one) => one.getAttribute("src")).join(" "),
        );
      const expected = `blog.js ${/src="([^"]*embed[^"]*)"/.exec(code)![1]!}`;
      await expect.poll(() => own()).toBe(expected);
      expect(blog.seen.complaints).toEqual([]);
    }
    const policy = policyFor(
      blog.site.origin,
      "; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    await blog.post(code, { head: "", policy });
    if (blog.browser === "webkit") {
      blog.mayComplain = /./;
      await blog.until(() => heard.includes("error")); // it checks scripts alone
      await expect.poll(() => blog.isShown(".fallback")).toBe(true);
    } else {
      await blog.drawn();
    }
  });

  test.each([
    ["where the page has run a module before", '<script type="module" src="blog.js"></script>'],
    [
      "where the page has an import map of its own",
      '<script type="importmap">{ "imports": {} }</script>',
    ],
  ])("load() is not of another module than the one it names, %s", async (_, head) => {
    blog.mayComplain = /integrity|^failed: /;
    // Another last byte in a script that is still JavaScript.
    blog.site.change(/^assets\/load-/, (body) => Buffer.concat([body, Buffer.from(" ")]));
    await openOwnCanvas(blog, head);
    await blog.until(() => globalThis.failed);
    expect(await blog.page.evaluate(() => globalThis.said ?? "")).toBe("");
    expect(asked(blog, "models/")).toBe(0);
  });
}, new Blog());
