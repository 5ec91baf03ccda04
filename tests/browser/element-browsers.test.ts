// <sketch-classifier> where browsers decide: policies, pointers, pixels, their history and their
// caches.
import { expect, test } from "vitest";
import { PARTS, SLOTS } from "../../web/src/embed/describe.ts";
import { Blog, deep, inEveryBrowser, policyFor, VERSION, WEIGHTS } from "./scenario.ts";

declare global {
  /** Code of the error event. */
  var code: string | undefined;
  /** How many frames passed between a move of the pointer and each answer. */
  var passed: number[];
}

const FEW = {
  pets: ["cat", "dog", "cow"],
  levels: ["low", "medium", "high"],
  kinds: ["mosquito", "W"],
};

inEveryBrowser((blog) => {
  test("under the strictest policy, Trusted Types too, it answers, asks for its own files only and leaves no trace", async () => {
    const policy = policyFor(
      blog.site.origin,
      "; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    await blog.post(blog.element(), { policy: policy.replace(/; style-src-attr [^;]*/, "") });
    await blog.loaded();
    expect(await blog.onPad(({ prediction }) => prediction)).toBeNull();
    const label = await blog.drawn();
    await blog.says(".winner .label", label);
    const { asked } = blog.site;
    expect(asked.filter((path) => !path.startsWith("assets/")).sort()).toEqual(
      [
        "embed.js",
        `${VERSION}/layers-float32/model.json`,
        WEIGHTS,
        `${VERSION}/manifest.json`,
        "models/digits/latest.json",
      ].sort(),
    );
    await blog.set({ explain: true });
    await blog.shows(".layers");
    await blog.set({ compact: true });
    const shown = await Promise.all(
      [".bars", ".layers", ".canvas"].map((part) => blog.isShown(part)),
    );
    expect(shown).toEqual([false, false, true]);
    const parts = asked
      .filter((path) => path.startsWith("assets/"))
      .map((path) => /^assets\/(\w+)/.exec(path)![1]);
    expect(parts).toEqual(["ink", "extras", "rare"]);
    const hosts = [blog.site.url, blog.host.url];
    expect(blog.seen.requests.filter((url) => !hosts.some((host) => url.startsWith(host)))).toEqual(
      [],
    );
    const traces = () => [document.cookie, localStorage.length, sessionStorage.length];
    expect(await blog.page.evaluate(traces)).toEqual(["", 0, 0]);
  });

  test("a pointer's moves are shown and answered in their frame, in the page's colour, and explained pixel by pixel", async () => {
    blog.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
    await blog.post(blog.element(), {
      css: "body { color: rgb(200, 0, 0) } .night { color: rgb(0, 0, 250) }",
      script: `globalThis.passed = []; let frames = 0;
        for (const name of ["pointerdown", "pointermove", "lostpointercapture"]) addEventListener(name, () => {
          frames = 0;
          requestAnimationFrame(() => { frames += 1; });
        });
        addEventListener("predict", () => { passed.push(frames); });`,
    });
    await blog.drawn();
    const frames = await blog.page.evaluate(() => passed);
    expect(frames.length).toBeGreaterThan(1); // WebKit hands over several moves with one frame
    expect(Math.max(...frames)).toBe(0);

    const colour = () =>
      blog.page.evaluate(() => {
        const canvas = find("sketch-classifier", ".canvas") as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const opaque = new Map<string, number>();
        for (let at = 0; at < data.length; at += 4) {
          const seen = data.subarray(at, at + 3).join();
          if (data[at + 3] === 255) opaque.set(seen, (opaque.get(seen) ?? 0) + 1);
        }
        // The most frequent colour: where the edges of two segments meet, rounding may take one
        // off.
        return [...opaque].reduce<[string, number]>((a, b) => (b[1] > a[1] ? b : a), ["", 0])[0];
      });
    expect(await colour()).toBe("200,0,0");
    await blog.page.evaluate(() => (document.body.className = "night"));
    await expect.poll(() => colour()).toBe("0,0,250");

    await expect.poll(() => blog.isShown(".layers")).toBe(false);
    await blog.set({ explain: true });
    await blog.shows(".layers"); // comes at rest, or when it is asked for
    const painted = await blog.page.evaluate(() => {
      const { shadowRoot, prediction, model } = document.querySelector("sketch-classifier")!;
      const alpha = (name: string): number[] => {
        const context = shadowRoot!
          .querySelector<HTMLCanvasElement>(`canvas.${name}`)!
          .getContext("2d")!;
        const { data } = context.getImageData(0, 0, 28, 28);
        return Array.from({ length: 784 }, (_, pixel) => data[4 * pixel + 3]!);
      };
      const { kernel, outputs } = model!.linear!;
      const { input, labelIndex } = prediction!;
      const products = Array.from(
        input,
        (value, pixel) => value * kernel[pixel * outputs + labelIndex]!,
      );
      return { products, speaksFor: alpha("for"), against: alpha("against") };
    });
    const most = Math.max(...painted.products.map(Math.abs));
    painted.products.forEach((product, pixel) => {
      const shade = (255 * product) / most;
      // Half a step: the canvas keeps whole numbers.
      expect(Math.abs(painted.speaksFor[pixel]! - Math.max(0, shade))).toBeLessThanOrEqual(0.51);
      expect(Math.abs(painted.against[pixel]! - Math.max(0, -shade))).toBeLessThanOrEqual(0.51);
    });

    const { parts, slots } = await blog.onPad(({ shadowRoot }) => ({
      parts: [...shadowRoot!.querySelectorAll("[part]")].flatMap(({ part }) => [...part]),
      slots: [...shadowRoot!.querySelectorAll("slot")].map(({ name }) => name),
    }));
    expect(slots.sort()).toEqual(Object.keys(SLOTS).sort());
    // Those that only lay things out are no promise.
    const layout = "root fallback stage draw answers pictures layers for against spoken over".split(
      " ",
    );
    expect(new Set(parts)).toEqual(new Set([...Object.keys(PARTS), ...layout]));
  });

  test("no short label is cut off, nor where it is bold, in serif and in sans-serif", async () => {
    const pads = Object.keys(FEW).map((name) =>
      blog.element('loading="eager"').replace("digits", name),
    );
    const css = "body { width: 420px } :nth-child(n + 4) { font-family: sans-serif }";
    await blog.post(pads.join("").repeat(2), { css });
    await blog.loaded();
    const cut = await blog.page.$$eval(deep(".label"), (labels) =>
      labels.map(
        (label) =>
          label.parentElement!.classList.toggle("winner") && label.scrollWidth > label.clientWidth,
      ),
    );
    expect(cut).toEqual(Array(16).fill(false));
  });

  test("it comes back with the page, as it was, from the browser's history", async () => {
    await blog.write("next.html", "<!doctype html><title>next</title><p>The next post.");
    const label = await blog.drawn(blog.element());
    // A page that is left while something is on its way is not always kept; this comes last, when
    // the pointer rests.
    await blog.until(() =>
      performance.getEntriesByType("resource").some(({ name }) => name.includes("/extras-")),
    );
    await blog.page.goto(`${blog.host.url}next.html`);
    await blog.goBack();
    await blog.until(() => globalThis.persisted); // each of the three keeps a page that is left
    expect(await blog.predicted()).toBe(label);
    await blog.drawn();
  });

  test("where it cannot be loaded the page's own content stays, with a message; trying again gets past the damaged copy", async () => {
    const contents = () =>
      blog.page.$eval("sketch-classifier p", (content) => content.getClientRects().length);
    blog.mayComplain = /^console error: <sketch-classifier> .* SHA-256 /;
    blog.site.change(WEIGHTS, (body) =>
      Buffer.from(body.map((byte, at) => (at === 9 ? byte ^ 1 : byte))),
    );
    await blog.post(blog.element("", "<p>Here you could draw.</p>"), {
      script: `document.addEventListener("error", ({ detail }) => { if (detail) globalThis.code = detail.code; }, true);`,
    });
    await blog.until(() => heard.includes("error"));
    expect(await blog.page.evaluate(() => code)).toBe("integrity");
    expect([await contents(), await blog.isShown(".pad")]).toEqual([1, false]);
    await blog.says(".message", "The model could not be loaded.");
    expect(blog.seen.complaints).toEqual([expect.stringMatching(blog.mayComplain)]);
    blog.site.change();
    await blog.page.click(deep(".fallback button"));
    await blog.loaded();
    expect([await contents(), await blog.isShown(".pad")]).toEqual([0, true]);
    expect(await blog.page.evaluate(() => document.activeElement?.localName)).toBe(
      "sketch-classifier",
    ); // where the button was
    await blog.drawn();
  });
}, new Blog(FEW));
