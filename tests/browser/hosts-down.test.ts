// What readers of a blog see while the site that it embeds from is down, while it is slow, and without JavaScript.
import { createServer, type AddressInfo } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { onABlog, policyFor, WEIGHTS, type Blog } from "./blog.ts";
import { asPage, evaluateIn } from "./browser.ts";

const BELONGS = "The drawing pad belongs here. If it does not appear, it could not be loaded, or JavaScript is off.";
const ELEMENTS = ["A drawing pad for your page", "Always the latest version"] as const;

/** An origin where nobody answers. */
let dead: string;
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  dead = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((closed) => server.close(closed));
});

const missing = () =>
  `The drawing pad comes from ${new URL(dead).host}. If it is missing, that site cannot be reached.`;
const shown = (blog: Blog) => blog.page.evaluate(() => document.body.innerText.replace(/\s+/g, " ").trim());

onABlog((blog) => {
  /** Open a snippet, with another host in place of the site, on a blog that allows it all that embed.html says. */
  async function open(title: string, site = blog.site.origin): Promise<() => Promise<void>> {
    const code = (await blog.snippet(title)).replaceAll(new URL(blog.site.origin).host, new URL(site).host);
    const host = await blog.under(policyFor(site, `; frame-src ${site}; object-src ${site}`));
    await blog.open(code, { head: "", at: host });
    return () => host.close();
  }

  describe("the site is down", () => {
    test.each(ELEMENTS)("%s: the words between the tags", async (title) => {
      const close = await open(title, dead);
      await expect.poll(() => shown(blog)).toBe(BELONGS);
      await close();
    });

    test("In a frame: whatever the browser shows there, the line below says what is missing", async () => {
      const close = await open("In a frame", dead);
      expect(await shown(blog)).toBe(missing());
      await close();
    });

    test("In an object: the words between the tags", async () => {
      const close = await open("In an object", dead);
      await expect.poll(() => shown(blog)).toBe(missing());
      await close();
    });

    test("In a frame, pinned: the words of the page itself, in the frame", async () => {
      const close = await open("In a frame, pinned", dead);
      await expect.poll(() => evaluateIn(blog.page, "iframe", () => document.body.innerText.trim())).toBe(BELONGS);
      await close();
    });
  });

  test("the host answers with errors: in an object, words all the same", async () => {
    blog.site.tamper = (path, body) => (path === "frame.html" ? null : body);
    const close = await open("In an object");
    await expect.poll(() => shown(blog)).toMatch(/that site cannot be reached\.$/);
    await close();
  });

  test("an object has the element, and none of those words", async () => {
    const close = await open("In an object");
    await expect.poll(() => blog.requestsOf(WEIGHTS)).toBe(1);
    expect(await shown(blog)).toBe("");
    expect(blog.complaints).toEqual([]);
    await close();
  });

  test.each(ELEMENTS)("the model cannot be loaded, %s: words, the reason, and a way to try again", async (title) => {
    blog.site.tamper = (path, body) => (path.startsWith("models/") ? null : body);
    const close = await open(title);
    await blog.page.waitForFunction(() => heard.includes("error"));
    expect(await shown(blog)).toContain(BELONGS);
    expect(await blog.text(".fallback")).toMatch(/The model could not be loaded\.\s*Try again/);
    await close();
  });

  test("the site is slow: the words, and then the pad in their place", async () => {
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    blog.site.tamper = async (path, body) => {
      if (path === "embed.js") await answered;
      return body;
    };
    const [script = "", element = ""] = (await blog.snippet("Always the latest version")).split("</script>");
    await blog.open(element, { head: "" });
    // Afterwards: a browser waits for the scripts of a page before it says that the page is there.
    await blog.page.evaluate(
      (src) => {
        document.head.append(Object.assign(document.createElement("script"), { type: "module", src }));
      },
      /src="([^"]*)"/.exec(script)![1]!,
    );
    await expect.poll(() => blog.requestsOf("embed.js")).toBe(1);
    expect(await shown(blog)).toBe(BELONGS);
    answer();
    await blog.ready();
    await expect.poll(() => blog.isShown(".canvas")).toBe(true);
    expect(await blog.isShown(".fallback")).toBe(false);
  });

  test("JavaScript is off: the words, also in frame.html", async ({ skip }) => {
    if (blog.stage.browser.name !== "chromium") skip("only Chromium’s driver can turn JavaScript off");
    const page = asPage(blog.page);
    await page.setJavaScriptEnabled(false);
    for (const title of ELEMENTS) {
      const close = await open(title);
      expect(await shown(blog)).toBe(BELONGS);
      await close();
    }
    await page.goto(`${blog.site.url}frame.html?model=digits`);
    expect(await shown(blog)).toBe(BELONGS);
  });
});
