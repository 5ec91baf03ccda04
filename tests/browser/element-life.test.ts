// <sketch-classifier> in every browser: how it comes and goes, and what it does when it cannot be loaded.
import { describe, expect, test } from "vitest";
import { onABlog, VERSION, WEIGHTS, type Blog } from "./blog.ts";
import type { Host } from "./server.ts";
import { addModel } from "./site.ts";

declare global {
  /** Of the error that the page heard of. */
  var code: string | undefined;
  /** Whether canvases can be read. */
  var readable: boolean | undefined;
  /** Whether the page came back as it was left. */
  var persisted: boolean | undefined;
}

onABlog(scenarios, {
  furnish: (site) =>
    addModel(
      site,
      "many",
      Array.from({ length: 30 }, (_, index) => `kind ${String(index)}`),
    ),
});

function scenarios(blog: Blog) {
  describe("coming and going", () => {
    test("removed while it loads, it stops the download and tells nothing more", async () => {
      blog.site.tamper = async (path, body) => {
        if (path === WEIGHTS) await new Promise((go) => setTimeout(go, 500)); // ms
        return body;
      };
      await blog.open(blog.element());
      await blog.page.waitForFunction(() => heard.includes("progress"));
      await expect.poll(() => blog.requestsOf(WEIGHTS)).toBe(1);
      await blog.page.evaluate(() => {
        globalThis.kept = document.querySelector("sketch-classifier")!;
        kept.remove();
      });
      await expect.poll(() => blog.site.abandoned).toEqual([WEIGHTS]);
      expect(await blog.page.evaluate(() => heard.filter((name) => name !== "progress"))).toEqual([]);
      blog.site.tamper = (_, body) => body;
      await blog.page.evaluate(() => {
        document.body.append(kept);
      });
      await blog.ready();
    });

    test("moved within the page, it keeps its model and its drawing", async () => {
      await blog.open(`${blog.element()}<section></section>`);
      await blog.ready();
      await blog.draw();
      const label = await blog.predicted();
      const moved = await blog.page.evaluate(async () => {
        const classifier = document.querySelector("sketch-classifier")!;
        const { model } = classifier;
        document.querySelector("section")!.append(classifier);
        await new Promise((resolve) => setTimeout(resolve, 50));
        return [
          classifier.model === model,
          classifier.prediction?.label,
          heard.filter((name) => name === "load").length,
        ];
      });
      expect(moved).toEqual([true, label, 1]);
    });

    test("with another src it loads another model, once, and answers what is drawn with it", async () => {
      await blog.open(blog.element());
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      await blog.page.evaluate((many: string) => {
        const classifier = document.querySelector("sketch-classifier")!;
        classifier.src = "nowhere";
        classifier.src = many;
        classifier.format = "layers-float32";
      }, blog.src("many"));
      await blog.page.waitForFunction(
        () => document.querySelector("sketch-classifier")?.model?.manifest.name === "many",
      );
      await blog.page.waitForFunction(() =>
        document.querySelector("sketch-classifier")?.prediction?.label.startsWith("kind"),
      );
      // Of thirty labels, the ten most probable, in order.
      const values = await blog.page.evaluate(() =>
        [...document.querySelector("sketch-classifier")!.shadowRoot!.querySelectorAll<HTMLElement>(".value")].map(
          ({ innerText }) => Number.parseFloat(innerText),
        ),
      );
      expect(values).toHaveLength(10);
      expect([...values].sort((a, b) => b - a)).toEqual(values);
      const { requests } = blog.stage.seen;
      expect(requests.some((url) => url.endsWith("nowhere"))).toBe(false);
    });

    test('with loading="lazy" it waits until it comes near', async () => {
      await blog.open(`<p class="far"></p>${blog.element('loading="lazy"')}`, {
        css: ".far { height: 4000px }",
      });
      await blog.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
      expect(blog.requestsOf("models/digits/latest.json")).toBe(0);
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.scrollIntoView();
      });
      await blog.ready();
    });

    test("comes back with the page, as it was, from the browser's history", async () => {
      await blog.write("next.html", "<!doctype html><title>next</title><p>The next post.");
      await blog.open(blog.element(), {
        script: 'addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; });',
      });
      await blog.ready();
      await blog.draw();
      const label = await blog.predicted();
      // A page that is left while something is on its way is not always kept; this comes last, when the hand rests.
      await blog.page.waitForFunction(() =>
        performance.getEntriesByType("resource").some(({ name }) => name.includes("/extras-")),
      );
      await blog.page.goto(`${blog.stage.host.url}next.html`);
      await blog.page.evaluate(() => {
        setTimeout(() => {
          history.back();
        });
      });
      // WebKitWebDriver loses what it is asked while the page comes back, and answers nothing from then on.
      await new Promise((resume) => setTimeout(resume, 1000)); // ms
      await expect.poll(() => blog.page.evaluate(() => globalThis.persisted)).toBe(true); // each of the three keeps a page that is left
      expect(await blog.predicted()).toBe(label);
      await blog.draw();
      await blog.predicted();
    });
  });

  describe("when it cannot be loaded", () => {
    const damage: Host["tamper"] = (path, body) =>
      path === WEIGHTS ? Buffer.from(body.map((byte, index) => (index === 9 ? byte ^ 1 : byte))) : body;

    test("the page's own content stays, with a message; trying again gets past the damaged copy", async () => {
      blog.site.tamper = damage;
      await blog.open(blog.element("", "<p>Here you could draw.</p>"), {
        script: `document.addEventListener("error", (event) => { if (event.detail) globalThis.code = event.detail.code; }, true);`,
      });
      await blog.page.waitForFunction(() => heard.includes("error"));
      expect(await blog.page.evaluate(() => globalThis.code)).toBe("integrity");
      expect(
        await blog.page.evaluate(() => document.querySelector("sketch-classifier p")!.getClientRects().length),
      ).toBe(1);
      expect(await blog.isShown(".pad")).toBe(false);
      expect(await blog.text(".message")).toBe("The model could not be loaded.");
      expect(blog.complaints).toEqual([expect.stringMatching(/^console error: <sketch-classifier> .* SHA-256 /)]);
      blog.site.tamper = (_, body) => body;
      await blog.press(".fallback button");
      await blog.ready();
      expect(await blog.isShown(".pad")).toBe(true);
      expect(
        await blog.page.evaluate(() => document.querySelector("sketch-classifier p")!.getClientRects().length),
      ).toBe(0);
      expect(await blog.page.evaluate(() => document.activeElement?.localName)).toBe("sketch-classifier"); // where the button was
      await blog.draw();
      await blog.predicted();
    });

    test("because it takes no drawings, the reason is shown", async () => {
      blog.site.tamper = (path, body) =>
        path === `${VERSION}/manifest.json`
          ? Buffer.from(JSON.stringify({ ...(JSON.parse(body.toString()) as object), preprocess: null }))
          : body;
      await blog.open(blog.element());
      await blog.page.waitForFunction(() => heard.includes("error"));
      expect(await blog.text(".message")).toMatch(
        /^digits must take drawings and answer with probabilities of labels\. Received: "no preprocessing of drawings"/,
      );
      expect(await blog.isShown(".pad")).toBe(false);
      expect(blog.site.asked.filter((path) => path === WEIGHTS)).toEqual([]);
    });

    test("a page that cancels the event keeps its console clean", async () => {
      blog.site.tamper = damage;
      await blog.open(blog.element(), {
        script: 'document.addEventListener("error", (event) => { event.preventDefault(); }, true);',
      });
      await blog.page.waitForFunction(() => heard.includes("error"));
      expect(blog.complaints).toEqual([]);
    });

    test.each([
      ["no address at all", "https://", "input"],
      ["a page", "index.html", "network"],
      ["nothing", "models/none/latest.json", "network"],
    ])("%s as src is a typed error", async (_, address, code) => {
      await blog.open(`<sketch-classifier src="${address}"></sketch-classifier>`, {
        script: 'addEventListener("error", ({ detail }) => { if (detail) globalThis.code = detail.code; }, true);',
      });
      await blog.page.waitForFunction(() => globalThis.code);
      expect(await blog.page.evaluate(() => globalThis.code)).toBe(code);
    });

    test("a pad that cannot be read is told like it, and loading again mends it", async () => {
      await blog.open(blog.element(), {
        script: `
          const { prototype } = CanvasRenderingContext2D;
          const { getImageData } = prototype;
          globalThis.readable = false;
          prototype.getImageData = function (...box) {
            if (!readable) throw new RangeError("Out of memory");
            return getImageData.apply(this, box);
          };
          document.addEventListener("error", (event) => { event.preventDefault(); globalThis.code = event.detail.code; }, true);`,
      });
      await blog.ready();
      await blog.draw();
      await blog.page.waitForFunction(() => globalThis.code);
      expect(await blog.page.evaluate(() => globalThis.code)).toBe("unsupported");
      await blog.page.evaluate(() => {
        globalThis.readable = true;
        document.querySelector("sketch-classifier")!.reload();
      });
      await blog.predicted();
      expect(blog.complaints).toEqual([]);
    });

    test("the other elements of the page go on", async () => {
      await blog.open(
        `${blog.element()}<sketch-classifier class="bad" src="${blog.site.url}models/none/latest.json"></sketch-classifier>`,
      );
      await blog.page.waitForFunction(() => heard.includes("error") && heard.includes("load"));
      await blog.draw();
      await blog.predicted();
    });
  });
}
