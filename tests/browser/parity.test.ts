// The same probabilities as Keras, in every browser: on the reference images that the export stage kept beside the model.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DESKTOP, inEveryBrowser, manifestOf, SITE } from "./scenario.ts";
import type { Parity } from "./parity.ts";

declare global {
  /** Put there by parity.ts. */
  var compare: (latest: string) => Promise<Parity[]>;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parity-"));
  await cp(SITE, folder, { recursive: true });
  const { output } = (await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: {
        input: join(import.meta.dirname, "parity.ts"),
      },
    },
  })) as unknown as { output: [{ code: string }] };
  await writeFile(join(folder, "parity.js"), output[0].code);
});

afterAll(() => rm(folder, { recursive: true }));

interface Check {
  readonly format: string;
  readonly runtime: string;
  readonly limit: number;
  readonly argmax_agreement: number;
}

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
        const { checks } = (manifest as unknown as { verification: { checks: Check[] } }).verification;
        const results = await stage.page.evaluate((latest) => compare(latest), `models/${name}/latest.json`);
        expect(results.length).toBeGreaterThan(0);
        for (const { format, images, agreement, maxDifference } of results) {
          console.info(
            `${stage.browser.name}: ${name} ${format}, ${String(images)} images: ` +
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
