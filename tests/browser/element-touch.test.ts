// <sketch-classifier> under a finger, as real touches that the browser makes a scroll of, or not.
// Only Chromium's protocol has fingers that scroll.
import { beforeEach, describe, expect, test } from "vitest";
import { Blog, deep, inChromiumAlone, type Path, PHONE } from "./scenario.ts";

type At = readonly [x: number, y: number];

inChromiumAlone((blog) => {
  /** Where the pad is, in the window. */
  let pad: DOMRect;

  const scrolled = () => blog.page.evaluate(() => Math.round(scrollY));
  const predictions = () =>
    blog.page.evaluate(() => heard.filter((one) => one === "predict").length);
  const isUsed = () =>
    blog.page.evaluate(() => find("sketch-classifier", ".canvas")!.matches(".used"));
  /**
   * Draw with a finger through places on the pad, in shares of its side, and wait until a fling has
   * ended.
   */
  async function touch(path: Path): Promise<void> {
    await blog.draw([path], pad, blog.page.touchscreen);
    await blog.page.evaluate(() => new Promise((done) => setTimeout(done, 300))); // ms
  }
  const tap = (x: number, y: number) => touch([[x, y]]);
  const swipe = ([x, y]: At, [toX, toY]: At) =>
    touch(
      Array.from({ length: 13 }, (_, step): At => [
        x + ((toX - x) * step) / 12,
        y + ((toY - y) * step) / 12,
      ]),
    );
  const up = () => swipe([0.5, 0.9], [0.5, 0.1]);

  beforeEach(async () => {
    await blog.post(`<h1>A post</h1>${blog.element()}<p class="long">…</p>`, {
      css: ".long { height: 3000px }",
      size: PHONE,
    });
    await blog.loaded();
    await blog.until(() => Boolean(find("sketch-classifier", ".hint small"))); // comes at rest
    pad = await blog.boxOf(deep(".canvas"));
  });

  describe("a finger on the pad", () => {
    test("scrolls the page, and leaves no ink, also while the model is on its way, until the pad is engaged", async () => {
      expect(PHONE.width - pad.x - pad.width).toBeGreaterThanOrEqual(48); // room for a thumb
      await up();
      await expect.poll(() => scrolled()).toBeGreaterThan(100);
      await expect.poll(() => predictions()).toBe(0);
      await expect.poll(() => blog.isShown(".hint small")).toBe(true);

      blog.site.keeps = false;
      const arrive = blog.site.hold(/extras/);
      await blog.page.evaluate(() => {
        scrollTo(0, 0);
      });
      await blog.page.reload();
      await blog.loaded();
      await up();
      arrive();
      await expect.poll(() => scrolled()).toBeGreaterThan(100);
      await expect.poll(() => isUsed()).toBe(false);
    });

    test("draws after a tap, which itself leaves no ink, until something else than the element's own buttons is touched", async () => {
      await tap(0.5, 0.5);
      await expect.poll(() => predictions()).toBe(0);
      await expect.poll(() => blog.isShown(".hint small")).toBe(false);
      await up();
      await expect.poll(() => scrolled()).toBe(0);
      await expect.poll(() => predictions()).toBeGreaterThan(0);
      await tap(0.2, 1.12); // Undo
      await expect.poll(() => isUsed()).toBe(false);
      await up();
      await expect.poll(() => scrolled()).toBe(0);
      const drawn = await predictions();
      await tap(0.5, -0.1); // the heading
      await up();
      await expect.poll(() => scrolled()).toBeGreaterThan(100);
      await expect.poll(() => predictions()).toBe(drawn);
    });

    test("draws at once when it moves sideways, all of it, and from then on in any direction", async () => {
      await swipe([0.2, 0.3], [0.8, 0.45]);
      await expect.poll(() => scrolled()).toBe(0);
      const [left, right] = await blog.page.evaluate(() => {
        const canvas = find("sketch-classifier", ".canvas") as HTMLCanvasElement;
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
        const columns = [...new Uint32Array(data.buffer).entries()].filter(
          ([, pixel]) => pixel !== 0,
        );
        const all = columns.map(([index]) => (index % width) / width);
        return [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
      });
      expect(left).toBeCloseTo(0.16, 1); // with half a pen's width
      expect(right).toBeCloseTo(0.84, 1);
      await up();
      await expect.poll(() => scrolled()).toBe(0);
    });
  });
}, new Blog());
