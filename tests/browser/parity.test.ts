// The same probabilities as Keras, in every browser: on the reference images that the export stage kept beside the model.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";
import type { Parity } from "./parity.ts";
import { DESKTOP, inEveryBrowser, manifestOf } from "./scenario.ts";
import { copyOfSite } from "./site.ts";

declare global {
  /** Put there by parity.ts. */
  var compare: (latest: string) => Promise<Parity[]>;
}

let folder: string;
beforeAll(async () => {
  folder = await copyOfSite();
  const rolldownOptions = { input: join(import.meta.dirname, "parity.ts") };
  const output = { write: false, target: "es2022", modulePreload: false as const, rolldownOptions };
  const built = await build({ configFile: false, logLevel: "error", build: output });
  await writeFile(join(folder, "parity.js"), (built as unknown as { output: [{ code: string }] }).output[0].code);
});

inEveryBrowser(
  (stage) => {
    test("every published model answers as Keras did, in every format", async () => {
      const { names } = await manifestOf();
      await stage.open(DESKTOP);
      await stage.page.evaluate(() => {
        const script = document.createElement("script");
        Object.assign(script, { type: "module", src: "parity.js" });
        document.head.append(script);
      });
      await stage.page.waitForFunction(() => "compare" in globalThis);
      for (const name of names) {
        const { manifest } = await manifestOf(name);
        const { checks } = manifest.verification;
        const results = await stage.page.evaluate((latest) => compare(latest), `models/${name}/latest.json`);
        expect(results.length).toBeGreaterThan(0);
        for (const { format, images, agreement, maxDifference } of results) {
          console.info(
            `${stage.browser.name}: ${name} ${format}, ${images} images: ` +
              `max diff ${maxDifference.toExponential(1)}, agreement ${agreement.toFixed(4)}`,
          );
          const check = checks.find(({ format: id, runtime }) => id === format && runtime === "dense");
          expect(images).toBe(100);
          // One of the hundred may be an image on which the format differs in the whole test set, too.
          expect(agreement).toBeGreaterThanOrEqual((check?.argmax_agreement ?? NaN) - 0.01);
          expect(maxDifference).toBeLessThanOrEqual(check?.limit ?? NaN);
        }
      }
      expect(stage.seen.complaints).toEqual([]);
    });
  },
  { site: () => Promise.resolve(folder) },
);
