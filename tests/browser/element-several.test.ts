// Several <sketch-classifier> on one page, and several copies of the library, in every browser.
import { describe, expect, test } from "vitest";
import type { SketchClassifierElement } from "../../web/src/embed/embed.ts";
import { onABlog, VERSION, WEIGHTS } from "./blog.ts";
import { serve } from "./server.ts";

onABlog((blog) => {
  describe("several on one page", () => {
    test("twenty share one download and one model, which goes with the last of them", async () => {
      await blog.open(blog.element().repeat(20));
      await blog.ready();
      await blog.page.waitForFunction(() => heard.filter((name) => name === "load").length === 20);
      for (const path of ["models/digits/latest.json", `${VERSION}/manifest.json`, WEIGHTS])
        expect(blog.requestsOf(path)).toBe(1);
      const { models, stillThere, gone } = await blog.page.evaluate(async () => {
        const all = [...document.querySelectorAll("sketch-classifier")];
        const models = new Set(all.map(({ model }) => model)).size;
        const { model } = all[0]!;
        const ask = () =>
          model!.predict(new Float32Array(784)).then(
            () => "answer",
            (error: unknown) => (error as { code: string }).code,
          );
        for (const one of all.slice(1)) one.remove();
        await Promise.resolve();
        const stillThere = await ask();
        all[0]!.remove();
        await Promise.resolve();
        await Promise.resolve();
        return { models, stillThere, gone: await ask() };
      });
      expect({ models, stillThere, gone }).toEqual({
        models: 1,
        stillThere: "answer",
        gone: "input",
      });
    });

    test("a second copy of the library says so in the console, and can have a name of its own", async () => {
      const other = await serve(blog.site.folder, { shared: true });
      other.tamper = (path, body) =>
        path === "embed.js" ? Buffer.from(body.toString().replace(/(?<=["`])\d+\.\d+\.\d+[^"`]*/, "99.0.0")) : body;
      const both = await blog.under(
        `default-src 'none'; script-src 'self' ${blog.site.origin} ${other.origin}; connect-src ${blog.site.origin}; style-src 'self'`,
      );
      await blog.write("second.js", `import { define } from "${other.url}embed.js"; define("other-classifier");`);
      await blog.open(
        `${blog.element()}${blog.element().replaceAll("sketch-", "other-")}<script type="module" src="second.js"></script>`,
        { at: both },
      );
      await blog.page.waitForFunction(() =>
        [...document.body.querySelectorAll<SketchClassifierElement>("[src*=json]")].every(({ model }) => model),
      );
      expect(blog.complaints).toEqual([
        expect.stringMatching(
          /^console warn: <sketch-classifier> must be registered once\. Received: version 99\.0\.0 after version \S+\. /,
        ),
      ]);
      const versions = await blog.page.evaluate(() =>
        ["sketch-classifier", "other-classifier"].map(
          (name) => (customElements.get(name) as unknown as { version: string }).version,
        ),
      );
      expect(versions[0]).not.toBe(versions[1]);
      expect(versions[1]).toBe("99.0.0");
      await both.close();
      await other.close();
    });

    test("the same version twice says nothing", async () => {
      await blog.write("twice.js", `import "${blog.site.url}embed.js?again";`);
      await blog.open(`${blog.element()}<script type="module" src="twice.js"></script>`);
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      expect(blog.complaints).toEqual([]);
    });
  });
});
