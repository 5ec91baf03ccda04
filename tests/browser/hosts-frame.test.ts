// frame.html in an <iframe>, and frame.js, which gives it its height; in every browser.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawIn, onABlog, policyFor, VERSION, type Post } from "./blog.ts";
import { evaluateIn } from "./browser.ts";
import type { Host } from "./server.ts";

onABlog((blog) => {
  /** A blog that may have frames of the site, and `more`. */
  const framing = (more = ""): Promise<Host> =>
    blog.under(policyFor(blog.site.origin, `; frame-src ${blog.site.origin}${more}`));
  async function open(body: string, post: Post = {}): Promise<void> {
    const host = post.at ?? (await framing());
    await blog.open(body, { head: "", ...post, at: host });
  }
  const inside = <T>(fn: () => T) => evaluateIn(blog.page, "iframe", fn);
  const isReady = () => inside(() => Boolean(document.querySelector("sketch-classifier")?.model)).catch(() => false); // while it is on its way
  /** Height of the frame in the page, and of what it shows. */
  const heights = async () => [
    await blog.page.$eval("iframe", ({ clientHeight }) => clientHeight),
    await inside(() => Math.ceil(document.documentElement.getBoundingClientRect().height)),
  ];
  /** Draw in the frame, and wait for the answer. */
  async function drawInside(): Promise<void> {
    const shown = await inside(() => {
      const { x, y, width, height } = document
        .querySelector("sketch-classifier")!
        .shadowRoot!.querySelector(".canvas")!
        .getBoundingClientRect();
      return { x, y, width, height };
    });
    const at = await blog.page.$eval("iframe", (frame) => {
      const { x, y } = frame.getBoundingClientRect();
      return { x: x + frame.clientLeft, y: y + frame.clientTop };
    });
    await drawIn(blog.page, { ...shown, x: shown.x + at.x, y: shown.y + at.y });
    await expect
      .poll(() => inside(() => document.querySelector("sketch-classifier")!.prediction?.label))
      .toMatch(/^\d$/);
  }
  const frame = (query: string, sandbox = "allow-scripts allow-same-origin") =>
    `<iframe src="${blog.site.url}frame.html?${query}" sandbox="${sandbox}" width="100%" height="760"></iframe>`;

  test("the snippet “In a frame” works as it is printed: it answers, as high as what it shows", async () => {
    await open(await blog.snippet("In a frame"));
    await expect.poll(isReady).toBe(true);
    expect(await inside(() => origin)).toBe(blog.site.origin); // not the blog's
    await drawInside();
    await expect
      .poll(async () => {
        const [own, content] = await heights();
        return own! - content!;
      })
      .toBe(0);
    expect((await heights())[0]).not.toBe(760);
    expect(blog.complaints).toEqual([]);
  });

  test("the snippet “In a frame, pinned” works as it is printed: it answers, as high as what it shows", async () => {
    await blog.open(await blog.snippet("In a frame, pinned"), { head: "" });
    await expect.poll(isReady).toBe(true);
    expect(await inside(() => origin)).toBe("null"); // nobody's
    await drawInside();
    await expect
      .poll(async () => {
        const [own, content] = await heights();
        return own! - content!;
      })
      .toBe(0);
    expect((await heights())[0]).not.toBe(760);
    expect(await inside(() => getComputedStyle(document.body).margin)).toBe("0px"); // as frame.html looks
    expect(blog.complaints).toEqual([]);
    expect(blog.site.asked.filter((path) => /^[^/]*\.(html|js)$|latest/.test(path))).toEqual([]); // what is replaced
  });

  test("a frame without an origin works, too, and gets its height", async ({ skip }) => {
    if (blog.stage.browser.name === "webkit") {
      skip("WebKit finds no 'self' in connect-src where a frame has no origin (bug 316847)");
    }
    await open(
      frame("model=digits", "allow-scripts") + `<script type="module" src="${blog.site.url}frame.js"></script>`,
    );
    await expect.poll(isReady).toBe(true);
    expect(await inside(() => origin)).toBe("null");
    await expect
      .poll(async () => {
        const [own, content] = await heights();
        return own! - content!;
      })
      .toBe(0);
    expect(blog.complaints).toEqual([]);
  });

  test("without the module the frame keeps the height that its page gave it", async () => {
    await open(frame("model=digits"));
    await expect.poll(isReady).toBe(true);
    expect((await heights())[0]).toBe(760);
  });

  test("attributes come from the query, the theme is the page's wish", async () => {
    const texts = encodeURIComponent('{"undo":"Zurück"}');
    await open(frame(`model=digits&theme=dark&explain&lang=de&texts=${texts}&onload=x`));
    await expect.poll(isReady).toBe(true);
    const state = await inside(() => {
      const element = document.querySelector("sketch-classifier")!;
      return [
        element.getAttributeNames().sort().join(),
        element.shadowRoot!.querySelector(".buttons")!.textContent,
        document.documentElement.lang,
        getComputedStyle(document.documentElement).colorScheme,
      ];
    });
    expect(state).toEqual(["explain,src,texts", expect.stringContaining("Zurück"), "de", "dark"]);
  });

  test("one version can be named, and no address elsewhere is asked", async () => {
    await open(frame(`src=${VERSION}/manifest.json`));
    await expect.poll(isReady).toBe(true);
    expect(blog.site.asked).not.toContain("models/digits/latest.json");
    const before = blog.site.asked.length;
    const elsewhere = `${blog.stage.host.url}models/digits/latest.json`;
    await open(frame(`src=${encodeURIComponent(elsewhere)}`));
    await expect
      .poll(() => inside(() => document.body.innerText).catch(() => ""))
      .toMatch(/must name a model of its own site\..*Received.*Use frame\.html/s);
    expect(blog.site.asked.slice(before).filter((path) => path.includes("models/"))).toEqual([]);
    expect(blog.stage.host.asked).toEqual([]);
  });

  describe("frame.js", () => {
    test("takes less than a kilobyte", async () => {
      const { size } = await stat(join(blog.site.folder, "frame.js"));
      expect(size).toBeLessThan(1024);
    });

    test("follows the frame's width, also of one that came later, and with any box", async () => {
      await open('<div id="place"></div>', {
        head: `<script type="module" src="${blog.site.url}frame.js"></script>`,
        css: "* { box-sizing: border-box } iframe { width: 700px; border: 5px solid } .narrow iframe { width: 320px }",
      });
      await blog.page.$eval(
        "#place",
        (place, html) => {
          place.innerHTML = html;
        },
        frame("model=digits"),
      );
      await expect.poll(isReady).toBe(true);
      const difference = async () => {
        const [own, content] = await heights();
        return own! - content!;
      };
      await expect.poll(difference).toBe(0);
      const [wide] = await heights();
      await blog.page.$eval("#place", (place) => {
        place.className = "narrow";
      });
      await expect.poll(async () => (await heights())[0]! > wide!).toBe(true);
      await expect.poll(difference).toBe(0);
    });

    test("gives a frame that is far from the window its height before anybody sees it", async () => {
      await open(`<p class="far"></p>${frame("model=digits")}`, {
        head: `<script type="module" src="${blog.site.url}frame.js"></script>`,
        css: ".far { height: 5000px } iframe { border: 0 }",
      });
      await blog.page.waitForFunction(() => document.querySelector("iframe")!.clientHeight !== 760);
      expect(await blog.page.evaluate(() => scrollY)).toBe(0);
      await expect.poll(isReady).toBe(true);
      const [own, content] = await heights();
      expect(own).toBe(content);
    });

    test("hears no other window, and no height that cannot be one", async () => {
      await blog.write("other.html", `<!doctype html><title>o</title><script src="other.js"></script>`);
      await blog.write(
        "other.js",
        `for (const height of [11, 22, 33]) parent.postMessage({ type: "sketch-classifier", height }, "*");`,
      );
      await open(`${frame("model=digits")}<iframe id="other" src="other.html" height="100"></iframe>`, {
        at: await framing(" 'self'"),
        head: `<script type="module" src="${blog.site.url}frame.js"></script>`,
        script: `globalThis.messages = 0; addEventListener("message", ({ data }) => { messages += data?.height < 40 });`,
      });
      await expect.poll(isReady).toBe(true);
      await blog.page.waitForFunction(() => (globalThis as unknown as { messages: number }).messages === 3);
      await blog.page.evaluate(() => {
        for (const height of ["x", -5, 0, NaN, Infinity, 1e6, null, undefined]) {
          postMessage({ type: "sketch-classifier", height });
        }
        postMessage("sketch-classifier");
        postMessage(null);
      });
      await expect
        .poll(async () => {
          const [own, content] = await heights();
          return own! - content!;
        })
        .toBe(0);
      expect(await blog.page.$eval("#other", ({ clientHeight }) => clientHeight)).toBe(100);
      expect(blog.complaints).toEqual([]);
    });
  });
});
