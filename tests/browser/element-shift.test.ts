// <sketch-classifier> keeps its place: nothing around it moves while it arrives over a slow line.
// Only Chromium measures shifts.
import { expect, test } from "vitest";
import { ATTRIBUTES } from "../../web/src/embed/describe.ts";
import { HIGHER, STYLE } from "../../web/src/page/use/snippets.ts";
import { ALL, Blog, DESKTOP, inChromiumAlone, PHONE, policyFor } from "./scenario.ts";

declare global {
  /** Sum of the layout shifts so far. */
  var shift: number;
}

/** 1.6 Mbit/s with a round trip of 150 ms: in bytes per second, and ms. */
const SLOW = { download: 200_000, upload: 93_750, latency: 150 };
/** A fifth of what counts as good. */
const MOST = 0.02;
const SIZES = Object.entries({ "a phone": PHONE, "a desktop": DESKTOP });
const SNIPPETS = [
  "A drawing pad, pinned",
  "Always the latest version",
  "In a frame",
  "In a frame, pinned",
];
const TEXT =
  "<p>What follows is a paragraph that readers are in the middle of when the pad arrives.</p>".repeat(
    30,
  );

inChromiumAlone((blog) => {
  /** Be on a slow line, and count what moves in each document that is opened. */
  async function measure(): Promise<void> {
    await blog.page.emulateNetworkConditions(SLOW);
    await blog.page.evaluateOnNewDocument(() => {
      globalThis.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          shift += (entry as PerformanceEntry & { readonly value: number }).value;
      }).observe({ type: "layout-shift", buffered: true });
    });
  }

  /** Layout shift of the page and its frames once all of an element is there. */
  async function moved(): Promise<number> {
    const documents = () =>
      blog.page.frames().filter((frame) => !frame.url().startsWith("about:blank"));
    await expect
      .poll(async () => {
        const ready = documents().map((frame) =>
          frame
            .evaluate(() => Boolean(document.querySelector("sketch-classifier")?.model))
            .catch(() => false),
        );
        return (await Promise.all(ready)).includes(true);
      })
      .toBe(true);
    await new Promise((resume) => setTimeout(resume, 1500)); // ms; what comes at rest is there, too
    const shifts = await Promise.all(documents().map((frame) => frame.evaluate(() => shift)));
    return shifts.reduce((a, b) => a + b);
  }

  test.each(
    SIZES.flatMap(([device, size]) =>
      SNIPPETS.map((title) => [title, device, size] as const),
    ).filter(
      ([title, device]) =>
        ALL || (device === "a phone" && ["A drawing pad, pinned", "In a frame"].includes(title)),
    ),
  )("the snippet “%s” keeps its place in a post on %s", async (title, _, size) => {
    await measure();
    const post = `<h1>A post</h1><p>Try it:</p>${blog.snippet(title)}${TEXT}`;
    await blog.post(post, {
      head: "",
      size,
      policy: policyFor(blog.site.origin, `; frame-src ${blog.site.origin}`),
    });
    expect(await moved()).toBeLessThan(MOST);
  });

  test.each(SIZES.slice(0, ALL ? 2 : 1))(
    "on %s the post would move without the snippet's style",
    async (_, size) => {
      await measure();
      await blog.post(`<h1>A post</h1><p>Try it:</p>${blog.element()}${TEXT}`, { size });
      expect(await moved()).toBeGreaterThan(MOST);
    },
  );

  test.each(SIZES)(
    "on %s there is room for a theme, and by the rule for `compact`",
    async (_, size) => {
      const rule = /(?<=`)min-height: .*?(?=`)/.exec(ATTRIBUTES.compact.description)![0];
      const pads = ["", 'theme="light"', 'theme="dark"'].flatMap((theme) =>
        [`style="${STYLE}"`, `compact style="${rule}"`].map((how) =>
          blog.element(`${theme} loading="eager" ${how}`),
        ),
      );
      pads.push(blog.element(`theme="dark" explain loading="eager" style="${HIGHER}"`));
      await blog.post(pads.join(""), { css: "body { margin: 0 }", size });
      await blog.loaded();
      const spare = await blog.page.$$eval("sketch-classifier", (elements) =>
        elements.map(
          (element) =>
            element.clientHeight - element.shadowRoot!.querySelector(".root")!.clientHeight,
        ),
      );
      expect(Math.min(...spare)).toBeGreaterThan(0);
      expect(Math.max(...spare)).toBeLessThan(50);
    },
  );

  test.each(SIZES.slice(ALL ? 0 : 1))(
    "on %s nothing moves in frame.html and embed.html",
    async (_, size) => {
      await measure();
      await blog.page.setViewport(size);
      for (const path of ["frame.html?model=digits", "embed.html"]) {
        await blog.page.goto(blog.site.url + path);
        expect(await moved()).toBeLessThan(MOST);
      }
    },
  );
}, new Blog());
