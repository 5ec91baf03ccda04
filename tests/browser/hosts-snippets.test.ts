// The snippets of the panel “Use it”, each as it is printed, on a strict blog of another origin; in every browser.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { onABlog, policyFor, type Blog } from "./blog.ts";
import type { Host } from "./server.ts";

/** The policy of a blog that allows the inline scripts of a snippet, by their hashes. */
function policyWith(blog: Blog, code: string): string {
  const scripts = [...code.matchAll(/<script[^>]*>([^]*?)<\/script>/g)];
  const hashes = scripts.map(([, script = ""]) => {
    const hash = createHash("sha256").update(script).digest("base64");
    return `'sha256-${hash}'`;
  });
  const policy = policyFor(blog.site.origin);
  return policy.replace("script-src", `script-src ${hashes.join(" ")}`);
}

/** Another last byte in a script that is still JavaScript. */
const damaged =
  (name: string): Host["tamper"] =>
  (path, body) =>
    path.startsWith(`assets/${name}-`) ? Buffer.concat([body, Buffer.from(" ")]) : body;

/** Whether a script or the preloading of one has failed. */
const FAILING = `addEventListener("error", ({ target }) => { if (target.localName) globalThis.failed = target.localName; }, true);`;
const failed = (blog: Blog) => blog.page.waitForFunction(() => (globalThis as { failed?: string }).failed);

/** What a snippet prints. */
const LISTENING = "console.log = (...all) => { globalThis.said = JSON.stringify(all); };";
const said = (blog: Blog): Promise<string> => blog.page.evaluate(() => (globalThis as { said?: string }).said ?? "");

onABlog((blog) => {
  const asked = (part: string) => blog.site.asked.filter((path) => path.includes(part)).length;

  describe("A drawing pad for your page", () => {
    const snippet = () => blog.snippet("A drawing pad for your page");

    test("answers, and asks for nothing that a later publication replaces", async () => {
      await blog.open(await snippet(), { head: "" });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(blog.complaints).toEqual([]);
      expect(asked("assets/embed-")).toBe(1);
      expect(asked("latest.json")).toBe(0);
      expect(blog.site.asked).not.toContain("embed.js");
    });

    test.each(["", " 'strict-dynamic'"])("answers where only scripts with a nonce may run%s", async (more) => {
      const policy = policyFor(blog.site.origin).replace(/script-src [^;]*/, `script-src 'nonce-abc'${more}`);
      const host = await blog.under(policy);
      const code = (await snippet()).replace("<script ", '<script nonce="abc" ');
      await blog.openAs(`<!doctype html><html lang="en"><script nonce="abc" src="blog.js"></script>${code}</html>`, {
        at: host,
      });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      // What brought its parts has left again, or will when it has arrived.
      const own = () => blog.page.$$eval("script, link", (all) => all.map((one) => one.getAttribute("src")));
      await expect.poll(own).toEqual(["blog.js", /src="([^"]*embed[^"]*)"/.exec(code)![1]]);
      expect(blog.complaints).toEqual([]);
      await host.close();
    });

    test("where strings may not become scripts it answers, or refuses in WebKit, which checks scripts alone", async () => {
      const host = await blog.under(
        policyFor(blog.site.origin, "; require-trusted-types-for 'script'; trusted-types 'none'"),
      );
      await blog.open(await snippet(), { head: "", at: host });
      if (blog.stage.browser.name === "webkit") {
        await blog.page.waitForFunction(() => heard.includes("error"));
        expect(await blog.isShown(".fallback")).toBe(true);
      } else {
        await blog.ready();
        await blog.draw();
        await blog.predicted();
        expect(blog.complaints).toEqual([]);
      }
      await host.close();
    });

    test("does not run another script than the one it names", async () => {
      blog.site.tamper = damaged("embed");
      await blog.open(await snippet(), { head: "", script: FAILING });
      await failed(blog);
      const { isDefined, text } = await blog.page.evaluate(() => ({
        isDefined: customElements.get("sketch-classifier") !== undefined,
        text: document.body.innerText,
      }));
      expect(isDefined).toBe(false);
      expect(text).toContain("The drawing pad belongs here.");
      expect(asked("models/")).toBe(0);
    });
  });

  test("Always the latest version: it asks what is current", async () => {
    const code = await blog.snippet("Always the latest version");
    await blog.open(code, { head: "" });
    await blog.ready();
    await blog.draw();
    await blog.predicted();
    expect(blog.complaints).toEqual([]);
    expect(blog.site.asked).toContain("embed.js");
    expect(asked("latest.json")).toBe(1);
    expect(asked("assets/embed-")).toBe(0);
  });

  describe("Your own canvas or image", () => {
    const open = async (head = "") => {
      const code = await blog.snippet("Your own canvas or image");
      const host = await blog.under(policyWith(blog, head + code));
      await blog.open(code, {
        head,
        at: host,
        script: FAILING + LISTENING,
      });
      return host;
    };

    test("answers, and the module is fetched once", async () => {
      const host = await open();
      await expect.poll(() => said(blog)).toBe("[null,null]"); // an empty canvas
      expect(asked("assets/load-")).toBe(1);
      expect(blog.complaints).toEqual([]);
      await host.close();
    });

    test.each([
      ["", ""],
      [", where the page has run a module before", '<script type="module" src="blog.js"></script>'],
      [", where the page has an import map of its own", '<script type="importmap">{ "imports": {} }</script>'],
    ])("does not run another module than the one it names%s", async (_, head) => {
      blog.site.tamper = damaged("load");
      const host = await open(head);
      await failed(blog);
      expect(await said(blog)).toBe("");
      expect(asked("models/")).toBe(0);
      await host.close();
    });
  });
});
