// <sketch-classifier> comes and goes, often. In Chromium alone: its protocol can collect garbage,
// and count.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { expect, test } from "vitest";
import { ALL, Blog, inChromiumAlone } from "./scenario.ts";

/**
 * Put elements into the page and take them away, one after the other: each loads, and answers what
 * is drawn.
 */
const comeAndGo = (blog: Blog, model: string, times: number) =>
  blog.page.evaluate(
    async (src: string, times: number) => {
      for (let time = 0; time < times; time++) {
        const element = document.createElement("sketch-classifier");
        const loaded = new Promise((resolve) => {
          element.addEventListener("load", resolve, { once: true });
        });
        element.src = src;
        document.body.append(element);
        await loaded;
        const { image } = element.model!.manifest.input;
        await element.model!.predict(new Float32Array(image!.height * image!.width).fill(0.5));
        element.remove();
        await new Promise((resolve) => setTimeout(resolve)); // it lets go of its model
      }
    },
    blog.src(model),
    times,
  );

/** Counts what the page still holds after garbage collection. */
async function held(page: Page) {
  // ms; timers of the last ones have run out
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const session = await page.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage"); // what finalisers have let go
  await session.detach();
  const { JSHeapUsedSize, Nodes, JSEventListeners } = await page.metrics();
  return { bytes: JSHeapUsedSize!, nodes: Nodes!, listeners: JSEventListeners! };
}

inChromiumAlone(
  (blog) => {
    test.each([
      ["digits", ALL ? 1000 : 250],
      ...(ALL
        ? ([
            ["letters", 250], // TensorFlow.js; web/src/embed/memory.test.ts has the thousand
            ["signs", 250], // convolutions, which have memory of WebAssembly's
          ] as const)
        : []),
    ] as const)("with the model “%s”, %i times, nothing stays behind", async (model, times) => {
      const page = blog.page;
      const assets = await readdir(join(blog.site.folder, "assets"));
      const layers = assets.find((name) => /^tfjs-layers-(?!all)/.test(name));
      const tensors = () =>
        blog.page.evaluate(
          `import("${blog.site.url}assets/${layers!}").then(({ tools }) => tools.tensors())`,
        );
      await blog.post("");
      await blog.until(() => Boolean(customElements.get("sketch-classifier")));
      await comeAndGo(blog, model, 100); // until the compiler has settled
      const [before, tensorsBefore] = [await held(page), await tensors()];
      await comeAndGo(blog, model, times);
      const [after, tensorsAfter] = [await held(page), await tensors()];
      expect(tensorsAfter).toBe(tensorsBefore);
      // Those of two elements: the garbage collector need not have come to the last ones.
      expect(after.nodes - before.nodes).toBeLessThan(100);
      expect(after.listeners - before.listeners).toBeLessThan(20);
      expect(after.bytes - before.bytes).toBeLessThan(2e6);
    });
  },
  new Blog({ letters: "branches layers float32", signs: "cnn layers uint16" }),
);
