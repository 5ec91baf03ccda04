// quality.html, the snippets of embed.html, and the row of links to the page's parts. The panels'
// numbers are tested in web/src/page/quality/*.test.ts; the snippets' text, in
// web/src/page/use/*.test.ts; that they work as they are printed, in hosts-snippets.test.ts.
import { expect, test } from "vitest";
import type { Evaluation, Reference } from "../../web/src/runtime/schema.ts";
import {
  atRest,
  inChromium,
  inEveryBrowser,
  manifestOf,
  PHONE,
  published,
  type Stage,
  until,
} from "./scenario.ts";

const evaluated = () => published("evaluation.json") as Evaluation;

/** The cell beside the diagonal with the most images. */
const mostFrequent = ({ confusion }: Evaluation) =>
  confusion
    .flatMap((row, label) =>
      row.map((count, predicted) => ({ label, predicted, count: label === predicted ? 0 : count })),
    )
    .reduce((a, b) => (b.count > a.count ? b : a));

const openQuality = async (stage: Stage) => {
  await stage.open({ query: "quality.html" });
  await stage.appears("#quality .frequent");
};

const openUse = async (stage: Stage) => {
  await stage.open({ panel: "use", query: "embed.html" });
  await stage.appears("#use .snippet");
};

inChromium((stage) => {
  test("the numbers are those of the manifest and the evaluation, on test images and on drawings", async () => {
    const [manifest, evaluation] = [manifestOf(), evaluated()];
    await openQuality(stage);
    await expect
      .poll(() => stage.text("#quality .summary .numbers"))
      .toContain(`${(100 * manifest.metrics.test_accuracy).toFixed(1)}\u00a0%`);
    const shown = await stage.page.$$eval(".matrix tbody tr", (rows) =>
      rows.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent))),
    );
    expect(shown).toEqual(evaluation.confusion);
    await expect.poll(() => stage.texts(".matrix tbody th[scope='row']")).toEqual(manifest.labels);
    // Nothing was published before it: that is no condition it has met.
    const baseline = (await stage.texts("#quality tr")).find((row) => row.includes("baseline:"));
    expect(baseline).toMatch(/not measured$/);

    await stage.says("#quality .device", /checks itself on your device: 8 of 8 .*passed$/);

    // Accuracy on drawings stands apart from that on test images, with where the drawings come
    // from.
    const drawings = evaluation.drawings!;
    await stage.appears("[data-part=drawings] .numbers");
    const told = await stage.text("[data-part=drawings]");
    expect(drawings.drawings).toBeGreaterThan(0);
    expect(told).toContain(`Measured on ${drawings.drawings} drawings`);
    expect(told).toContain(`${(100 * drawings.accuracy).toFixed(1)}\u00a0%`);
    expect(told).toContain("people wrote with pens");
    const error = manifest.confidence.expected_calibration_error;
    expect(told).toContain(
      `it is off by ${(100 * error).toFixed(1)} percentage points on average.`,
    );
    expect(error).toBeLessThan(0.05); // of 400 answers, of which chance alone makes 0.02 to 0.03

    // The record says which model it is, and links to its card.
    const record = await stage.text("[data-part=record]");
    expect(record).toContain(manifest.version);
    expect(record).toContain(manifest.name);
    const href = await stage.page.$eval("[data-part=record] a", (link) =>
      link.getAttribute("href"),
    );
    expect(href).toBe(`${stage.host.url}models/${manifest.name}/${manifest.version}/README.md`);
  });

  test("what is unlike any digit is not called one, and a dot is nothing yet; how often such answers are right", async () => {
    const fetched = () => stage.seen.requests.filter((url) => url.includes("/familiar."));
    await stage.open();
    await stage.nextFrame();
    expect(fetched()).toEqual([]); // the sample is a digit
    await stage.draw([[[0.5, 0.5]]]);
    await until(() => fetched().length > 0);
    await stage.says(".headline", "Draw a digit");
    await stage.draw("W");
    await stage.says(".headline", /^\?Closest to \d, but it doesn’t look like a digit\.$/);
    await stage.says(".spoken", /^Closest to \d, but it doesn’t look like a digit\.$/);
    expect(await stage.page.$(".winner")).toBeNull();
    expect((await stage.texts(".bar-value")).join("")).toBe("");
    await stage.page.click(".clear");
    await stage.drawDigit("3");
    await stage.says(".glyph", "3");
    await stage.says(".often", /^If it is a digit, it is right \d+ times in \d+\.$/);
  });

  test("a frequent mistake shows its misread images, and one of them goes to the pad", async () => {
    const [manifest, evaluation] = [manifestOf(), evaluated()];
    const { label, predicted, count } = mostFrequent(evaluation);
    const [from, to] = [manifest.labels[label]!, manifest.labels[predicted]!];
    await openQuality(stage);
    expect(await stage.texts(".frequent .action")).toHaveLength(12);
    await stage.press(".frequent .action");
    await stage.appears(".mistake");
    await stage.says(".gallery-title", `${count} test images: ${from} taken for ${to}`);
    expect(await stage.page.$$eval(".mistake", (list) => list.length)).toBe(count);
    await expect.poll(() => stage.colours(".mistake canvas")).toBeGreaterThan(8);

    // The surest one comes first. The model that runs here makes the very mistake that Keras made.
    await stage.page.click(".mistake");
    await stage.says(".glyph", to);
    const surest = evaluation.mistakes
      .filter((one) => one.label === label && one.predicted === predicted)
      .reduce((a, b) => (b.probability > a.probability ? b : a));
    const share = (await stage.shares())[predicted]!;
    expect(Math.abs(share - surest.probability)).toBeLessThan(0.0005); // of the format
  });

  test("a model without evaluation, reference and gates shows what there is", async () => {
    stage.host.changeJson(/models\/.*\/manifest\.json$/, (manifest) => {
      for (const key of ["metrics", "gates", "files", "training", "data"]) manifest[key] = null;
    });
    await stage.open({ query: "quality.html" });
    await expect
      .poll(() => stage.texts("#quality [data-part]:not([hidden]) h2"))
      .toEqual(["This model", "The formats"]);
    await openUse(stage);
    await expect.poll(() => stage.text("#use")).not.toContain("keras.utils");
  });

  test("the snippets have this site's own addresses, which lead somewhere, and can be copied", async () => {
    const manifest = manifestOf();
    await openUse(stage);
    const codes = await stage.texts("#use .snippet code");
    const addresses = codes
      .join("\n")
      .match(/http[^"\s}]+/g)!
      .filter((address) => !address.includes("?"));
    const links = await stage.page.$$eval("#use a", (list) => list.map((link) => link.href));
    expect(links.length).toBeGreaterThanOrEqual(
      manifest.formats.reduce((sum, { files }) => sum + files.length, 0) + 2,
    );
    for (const address of new Set([...addresses, ...links])) {
      expect(address.startsWith(stage.host.url)).toBe(true);
      const answer = await fetch(address);
      await answer.arrayBuffer(); // Node.js throws where a connection ends before anybody has read
      expect(`${address} ${answer.status}`).toBe(`${address} 200`);
    }
    // Reading the clipboard would ask the visitor, so the test notes what is written to it.
    await stage.page.evaluate(() => {
      const { clipboard } = navigator;
      const write = clipboard.writeText.bind(clipboard);
      clipboard.writeText = (text) => write((document.body.dataset["copied"] = text));
    });
    await stage.page.click("#use .snippet .action");
    expect(await stage.says("#use .snippet-head .note")).toMatch(/^(Copied|Selected)/);
    expect(await stage.page.evaluate(() => document.body.dataset["copied"])).toBe(codes[0]);

    // They name the site's own address where that is known.
    stage.host.changeJson(
      /^models\/index\.json$/,
      (index) => (index["base_url"] = "https://example.org/site/"),
    );
    await openUse(stage);
    await expect
      .poll(async () => (await stage.texts("#use .snippet code")).join())
      .toContain("https://example.org/site/");
    await expect.poll(() => stage.text("#use .notice")).toContain("They work once it is there.");
  });
});

// Browsers do not anchor what one looks at alike, and not every sum of floats is the same.
inEveryBrowser((stage) => {
  test("every link of the navigation lands on its part, also while panels above it grow", async () => {
    await stage.open({ viewport: PHONE });
    const hrefs = await stage.page.$$eval(".parts-nav li:not([hidden]) a[href^='#']", (links) =>
      links.map((link) => link.getAttribute("href") ?? ""),
    );
    expect(hrefs).toEqual(["#draw", "#gets", "#votes", "#percent", "#mind", "#learning", "#doubt"]);
    /**
     * How far an element is below the navigation, or the window's edge, and how far the page goes
     * on below the window.
     */
    const place = (selector: string) => {
      const [target, nav] = [selector, ".parts-nav"].map((one) =>
        document.querySelector(one)!.getBoundingClientRect(),
      );
      const end = document.documentElement.scrollHeight - innerHeight - scrollY;
      return { top: target!.top - Math.max(0, nav!.bottom), end };
    };
    for (const href of ["#doubt", ...hrefs]) {
      await stage.press(`.parts-nav a[href='${href}']`);
      await expect // ms; nothing moves it any more: at the navigation's edge, or as far down as the page goes
        .poll(async () => ({
          href,
          ...(await atRest(() => stage.page.evaluate(place, href), 500)),
        }))
        .toSatisfy(
          ({ top, end }: ReturnType<typeof place>) => Math.abs(top) < 2 || (top > 0 && end < 2),
        );
    }
  });

  test("test images are answered here as Keras answered them", async () => {
    const { images } = published("reference.json") as Reference;
    const { formats, labels, verification } = manifestOf();
    const { id } = formats.reduce((a, b) => (b.bytes < a.bytes ? b : a)); // which is downloaded
    const check = verification.checks.find(
      ({ format, runtime }) => format === id && runtime === "dense",
    )!;
    for (const { index, probabilities } of images.slice(0, 10)) {
      await stage.page.goto("about:blank");
      await stage.open({ query: `#test=${index}` });
      await stage.says(".pad-caption", new RegExp(`^Test image ${index},`));
      expect(await stage.text(".glyph")).toBe(
        labels[probabilities.indexOf(Math.max(...probabilities))],
      );
      const shares = await stage.shares();
      expect(shares).toHaveLength(probabilities.length);
      for (const [place, share] of shares.entries()) {
        // The most of any test image, and the rounding of this browser's exponentials.
        expect(Math.abs(share - probabilities[place]!)).toBeLessThanOrEqual(
          check.max_abs_diff + 1e-6,
        );
      }
    }
  });
});
