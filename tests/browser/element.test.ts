// <sketch-classifier>, in every browser: one line in a page.
import { describe, expect, test } from "vitest";
import { PARTS, SLOTS } from "../../web/src/embed/describe.ts";
import { EVENTS, onABlog, PLACE, policyFor, VERSION, WEIGHTS } from "./blog.ts";

declare global {
  var bubbled: string[][];
}

onABlog((blog) => {
  describe("one line in a page", () => {
    test("lets its readers draw, under the strictest policy, and asks for nothing but its own files", async () => {
      const strictest = await blog.under(policyFor(blog.site.origin).replace(PLACE, ""));
      await blog.open(blog.element(), { at: strictest });
      await blog.ready();
      expect(await blog.page.evaluate(() => document.querySelector("sketch-classifier")!.prediction)).toBeNull();
      await blog.draw();
      await blog.predicted();
      const { label, bars, winner } = await blog.page.evaluate(() => {
        const { prediction, shadowRoot } = document.querySelector("sketch-classifier")!;
        const winner = shadowRoot!.querySelector<HTMLElement>(".winner .label")!.innerText;
        return {
          label: prediction!.label,
          bars: shadowRoot!.querySelectorAll(".bar").length,
          winner,
        };
      });
      expect(winner).toBe(label);
      expect(bars).toBe(10);
      expect(blog.complaints).toEqual([]);
      const own = blog.site.asked;
      expect(own.filter((path) => !path.startsWith("assets/")).sort()).toEqual(
        [
          "embed.js",
          "models/digits/latest.json",
          `${VERSION}/layers-float32/model.json`,
          WEIGHTS,
          `${VERSION}/manifest.json`,
        ].sort(),
      );
      const parts = own
        .filter((path) => path.startsWith("assets/"))
        .map((path) => /\w+/.exec(path.slice("assets/".length))![0]);
      expect(["ink", "ink,extras"]).toContain(parts.join()); // the second one comes at rest
      expect(
        blog.stage.seen.requests.every((url) => url.startsWith(blog.site.url) || url.startsWith(strictest.url)),
      ).toBe(true);
      const traces = () => [document.cookie, localStorage.length, sessionStorage.length];
      expect(await blog.page.evaluate(traces)).toEqual(["", 0, 0]);
      await strictest.close();
    });

    test("works where strings may not become HTML or scripts (Trusted Types)", async () => {
      const strict = await blog.under(
        policyFor(blog.site.origin, "; require-trusted-types-for 'script'; trusted-types 'none'"),
      );
      await blog.open(blog.element("explain"), { at: strict });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(blog.complaints).toEqual([]);
      await strict.close();
    });

    test("answers within the frame in which the pen moves", async () => {
      await blog.open(blog.element(), {
        script: `globalThis.frames_ = []; let passed = 0;
        for (const name of ["pointerdown", "pointermove", "lostpointercapture"]) addEventListener(name, () => {
          passed = 0;
          requestAnimationFrame(() => { passed += 1; });
        });
        addEventListener("predict", () => { frames_.push(passed); });`,
      });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      const frames = await blog.page.evaluate(() => (globalThis as unknown as { frames_: number[] }).frames_);
      expect(frames.length).toBeGreaterThan(1); // WebKit hands over several moves with one frame
      expect(Math.max(...frames)).toBe(0);
    });

    test("tells what happens: load, progress and error to itself, predict and clear to everybody", async () => {
      await blog.open(`<main>${blog.element()}</main>`, {
        script: `globalThis.bubbled = [];
        document.addEventListener("DOMContentLoaded", () => {
          for (const name of ${JSON.stringify(EVENTS)}) {
            document.querySelector("main").addEventListener(name, ({ detail }) => {
              const late = ["confidence", "familiarity"]; // of all but the first predictions
              bubbled.push([name, Object.keys(detail ?? {}).filter((key) => !late.includes(key)).sort().join()]);
            });
          }
        });`,
      });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      await blog.press(".buttons button:last-child");
      const { heard, bubbled } = await blog.page.evaluate(() => ({
        heard: globalThis.heard,
        bubbled: globalThis.bubbled,
      }));
      expect([...new Set(heard)]).toEqual(["progress", "load", "predict", "clear"]);
      expect(new Set(bubbled.map(String))).toEqual(
        new Set(["predict,input,label,labelIndex,logits,picture,probabilities", "clear,"]),
      );
      expect(heard.filter((name) => name === "clear")).toHaveLength(1);
      expect(await blog.page.evaluate(() => document.querySelector("sketch-classifier")!.prediction)).toBeNull();
    });

    test("announces the answer once the hand rests, and an empty pad", async () => {
      await blog.open(blog.element());
      await blog.ready();
      await blog.draw();
      expect(await blog.text(".spoken")).toBe("");
      const label = await blog.predicted();
      await blog.page.waitForFunction(() => find("sketch-classifier", ".spoken")!.textContent);
      expect(await blog.text(".spoken")).toMatch(new RegExp(`^${label}, [\\d.]+%$`));
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.clear();
      });
      await blog.page.waitForFunction(() => find("sketch-classifier", ".spoken")!.textContent === "The pad is empty.");
    });

    test("explains a linear model's answer where it is asked to", async () => {
      await blog.open(blog.element());
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(await blog.isShown(".layers")).toBe(false);
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.explain = true;
      });
      await blog.page.waitForFunction(
        () => find("sketch-classifier", ".layers") !== null, // comes at rest, or when it is asked for
      );
      expect(await blog.isShown(".layers")).toBe(true);
      const painted = await blog.page.evaluate(() => {
        const { shadowRoot, prediction, model } = document.querySelector("sketch-classifier")!;
        const alpha = (name: string): number[] => {
          const context = shadowRoot!.querySelector<HTMLCanvasElement>(`canvas.${name}`)!.getContext("2d")!;
          const { data } = context.getImageData(0, 0, 28, 28);
          return Array.from({ length: 784 }, (_, pixel) => data[4 * pixel + 3]!);
        };
        const { kernel, outputs } = model!.linear!;
        const products = Array.from(
          prediction!.input,
          (value, pixel) => value * kernel[pixel * outputs + prediction!.labelIndex]!,
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
    });
  });

  test("its parts and slots are those that are documented", async () => {
    await blog.open(blog.element("explain"));
    await blog.ready();
    await blog.draw();
    await blog.predicted();
    await blog.page.waitForFunction(() => find("sketch-classifier", ".cursor") !== null);
    const { parts, slots } = await blog.page.evaluate(() => {
      const root = document.querySelector("sketch-classifier")!.shadowRoot!;
      return {
        parts: [...root.querySelectorAll("[part]")].flatMap(({ part }) => [...part]),
        slots: [...root.querySelectorAll("slot")].map(({ name }) => name),
      };
    });
    expect(slots.sort()).toEqual(Object.keys(SLOTS).sort());
    // Those that only lay things out are no promise.
    const layout = ["root", "fallback", "stage", "draw", "answers", "pictures", "layers", "for", "against", "spoken"];
    expect(new Set(parts)).toEqual(new Set([...Object.keys(PARTS), ...layout]));
  });
});
