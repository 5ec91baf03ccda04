// frame.html in an <iframe>, and frame.js, which gives it its height. web/src/frame/address.test.ts
// has addresses that are refused.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Blog, inChromium, policyFor, until, VERSION } from "./scenario.ts";

inChromium((blog) => {
  const frames = () => `; frame-src ${blog.site.origin}`;
  const frame = (query: string, attributes = 'sandbox="allow-scripts allow-same-origin"') =>
    `<iframe src="${blog.site.url}frame.html?${query}" ${attributes} width="100%" height="760"></iframe>`;
  const inside = <T>(fn: () => T, selector = "iframe") => blog.inFrame(selector, fn);
  const ready = (selector = "iframe") =>
    until(() =>
      inside(() => Boolean(document.querySelector("sketch-classifier")?.model), selector),
    );
  const height = (selector = "iframe") =>
    blog.page.$eval(selector, ({ clientHeight }) => clientHeight);
  /** Draw with the mouse on the pad in the frame. */
  async function drawInside(): Promise<void> {
    const pad = await inside(() => {
      const canvas = document
        .querySelector("sketch-classifier")!
        .shadowRoot!.querySelector(".canvas")!;
      return canvas.getBoundingClientRect().toJSON() as DOMRect;
    });
    const { x, y } = await blog.boxOf("iframe");
    await blog.draw(undefined, {
      x: x + pad.x,
      y: y + pad.y,
      width: pad.width,
      height: pad.height,
    });
  }
  /** The frame becomes as high as what it shows. */
  const fitted = (selector = "iframe") =>
    until(async () => {
      const content = await inside(
        () => Math.ceil(document.documentElement.getBoundingClientRect().height),
        selector,
      );
      return (await height(selector)) === content;
    });

  test("the snippets for a frame work as they are printed: each answers, as high as what it shows", async () => {
    for (const title of ["In a frame", "In a frame, pinned"]) {
      const isPinned = title.endsWith("pinned");
      const asked = blog.site.asked.length;
      const policy = policyFor(blog.site.origin, isPinned ? "" : frames());
      await blog.post(blog.snippet(title), { head: "", policy });
      await ready();
      expect(await inside(() => origin)).toBe(isPinned ? "null" : blog.site.origin); // nobody's, or not the blog's
      await drawInside();
      await until(() =>
        inside(() => document.querySelector("sketch-classifier")!.prediction?.label),
      );
      await fitted();
      expect(await height()).not.toBe(760);
      expect(await inside(() => getComputedStyle(document.body).margin)).toBe("0px");
      const replaced = blog.site.asked
        .slice(asked)
        .filter((path) => /^[^/]*\.(html|js)$|latest/.test(path));
      expect(replaced.length > 0).toBe(!isPinned);
    }
  });

  test("attributes come from the query, and one version can be named", async () => {
    const texts = encodeURIComponent('{"undo":"Zurück"}');
    const query = `src=${VERSION}/manifest.json&theme=dark&explain&lang=de&texts=${texts}&onload=x`;
    await blog.post(frame(query), { head: "", policy: policyFor(blog.site.origin, frames()) });
    await ready();
    const state = await inside(() => {
      const element = document.querySelector("sketch-classifier")!;
      return [
        element.getAttributeNames().sort().join(),
        element.shadowRoot!.querySelector(".buttons")!.textContent,
        document.documentElement.lang,
        getComputedStyle(document.documentElement).colorScheme,
      ];
    });
    expect(state).toEqual([
      "explain,loading,src,texts",
      expect.stringContaining("Zurück"),
      "de",
      "dark",
    ]);
    expect(await height()).toBe(760); // without frame.js it keeps the height that its page gave it
    expect(blog.site.asked).not.toContain("models/digits/latest.json");
  });

  test("frame.js follows each frame's width, also of one that came later, is far away or has no origin, and hears no other window", async () => {
    expect((await stat(join(blog.site.folder, "frame.js"))).size).toBeLessThan(1024);
    await blog.write(
      "other.html",
      `<!doctype html><title>o</title><script src="other.js"></script>`,
    );
    await blog.write(
      "other.js",
      `for (const height of [11, 22, 33]) parent.postMessage({ type: "sketch-classifier", height }, "*");`,
    );
    // WebKit finds no 'self' in connect-src where a frame has no origin (bug 316847).
    const alone = blog.browser !== "webkit";
    await blog.post(
      `<div id="place"></div><iframe id="other" src="other.html" height="100"></iframe>
      ${alone ? frame("model=digits", 'id="alone" sandbox="allow-scripts"') : ""}
      <p class="far"></p>${frame("model=digits", 'id="far"')}`,
      {
        policy: policyFor(blog.site.origin, `${frames()} 'self'`),
        head: `<script type="module" src="${blog.site.url}frame.js"></script>`,
        css: `* { box-sizing: border-box } iframe { width: 700px; border: 5px solid } .narrow iframe { width: 320px }
          .far { height: 5000px } #far, #other { border: 0 }`,
        script: `globalThis.messages = 0; addEventListener("message", ({ data }) => { messages += data?.height < 40 });`,
      },
    );
    await blog.until(() => document.querySelector("#far")!.clientHeight !== 760);
    expect(await blog.page.evaluate(() => scrollY)).toBe(0); // nobody has seen it
    if (alone) {
      await ready("#alone");
      expect(await inside(() => origin, "#alone")).toBe("null");
      await fitted("#alone");
    }
    await ready("#far");
    await fitted("#far");

    await blog.page.$eval(
      "#place",
      (place, html) => (place.innerHTML = html),
      frame("model=digits"),
    );
    await ready("#place iframe");
    await fitted("#place iframe");
    const wide = await height("#place iframe");
    await blog.page.$eval("#place", (place) => (place.className = "narrow"));
    await until(async () => (await height("#place iframe")) > wide);
    await fitted("#place iframe");

    await blog.until(() => (globalThis as unknown as { messages: number }).messages === 3);
    await blog.page.evaluate(() => {
      for (const height of ["x", -5, 0, NaN, Infinity, 1e6, null, undefined]) {
        postMessage({ type: "sketch-classifier", height });
      }
      postMessage("sketch-classifier");
      postMessage(null);
    });
    await fitted("#place iframe");
    expect(await height("#other")).toBe(100);
  });
}, new Blog());
