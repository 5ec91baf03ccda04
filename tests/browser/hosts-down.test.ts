// Readers of a blog while the site that it embeds from is down, while it is slow, and without
// JavaScript.
import { beforeAll, expect, test } from "vitest";
import { Blog, inChromium, inChromiumAlone, policyFor, until } from "./scenario.ts";
import { serve } from "./server.ts";

const BELONGS =
  "The drawing pad belongs here. If it does not appear, it could not be loaded, or JavaScript is off.";
const ELEMENTS = ["A drawing pad, pinned", "Always the latest version"];

/** An origin where nobody answers. */
let dead: string;
beforeAll(async () => {
  const host = await serve("");
  host.close();
  dead = host.origin;
});

const missing = (origin: string) =>
  `The drawing pad comes from ${new URL(origin).host}. If it is missing, that site cannot be reached.`;
const shown = (blog: Blog) =>
  blog.page.evaluate(() => document.body.innerText.replace(/\s+/g, " ").trim());

/**
 * Open snippets, with another host in place of the site, on a blog that allows them all that
 * embed.html says.
 */
async function open(blog: Blog, titles: readonly string[], site = blog.site.origin): Promise<void> {
  const codes = titles.map((title) => blog.snippet(title));
  const code = codes.join("\n").replaceAll(new URL(blog.site.origin).host, new URL(site).host);
  await blog.post(code, { head: "", policy: policyFor(site, `; frame-src ${site}`) });
}

inChromium((blog) => {
  test("the site is down: the words between the tags of an element, below a frame, and in a pinned one", async () => {
    blog.mayComplain = /^failed: |ERR_CONNECTION_REFUSED/;
    await open(blog, [...ELEMENTS, "In a frame"], dead);
    const expected = [BELONGS, BELONGS, missing(dead)].join(" ");
    await expect.poll(() => shown(blog)).toBe(expected);
    await open(blog, ["In a frame, pinned"], dead);
    const inside = () => blog.inFrame("iframe", () => document.body.innerText.trim());
    await expect.poll(() => inside()).toBe(BELONGS);
  });

  test("the site is slow: the words, and then the pad in their place", async () => {
    const answer = blog.site.hold(/^embed\.js/);
    const [script = "", element = ""] = blog
      .snippet("Always the latest version")
      .split("</script>");
    await blog.post(element, { head: "" });
    // Afterwards: a browser waits for the scripts of a page before it says that the page is there.
    await blog.page.evaluate(
      (src) => {
        document.head.append(
          Object.assign(document.createElement("script"), { type: "module", src }),
        );
      },
      /src="([^"]*)"/.exec(script)![1]!,
    );
    await until(() => blog.requestsOf("embed.js") === 1);
    expect(await shown(blog)).toBe(BELONGS);
    answer();
    await blog.loaded();
    await blog.shows(".canvas");
    await expect.poll(() => blog.isShown(".fallback")).toBe(false);
  });
}, new Blog());

inChromiumAlone((blog) => {
  test("JavaScript is off: the words, also in frame.html", async () => {
    const page = blog.page;
    blog.mayComplain = /^failed: .*\.js$/; // it is asked for ahead, and does not run
    await page.setJavaScriptEnabled(false); // only Chromium's driver can
    await open(blog, ELEMENTS);
    expect(await shown(blog)).toBe(`${BELONGS} ${BELONGS}`);
    await page.goto(`${blog.site.url}frame.html?model=digits`);
    expect(await shown(blog)).toBe(BELONGS);
  });
}, new Blog());
