// Drawing on <sketch-classifier>, in every browser: with the keyboard, with a finger, and before the model is there.
import { describe, expect, test } from "vitest";
import { UNDO_LIMIT } from "../../web/src/pad/drawing.ts";
import { onABlog, WEIGHTS } from "./blog.ts";

onABlog((blog) => {
  describe("drawing", () => {
    test("can be done with the keyboard alone, undone and cleared", async () => {
      await blog.open(blog.element());
      await blog.ready();
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.focus();
      });
      for (const key of ["ArrowUp", "ArrowUp", " "] as const) await blog.page.keyboard.press(key);
      await blog.page.keyboard.down("Shift");
      for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"] as const) await blog.page.keyboard.press(key);
      await blog.page.keyboard.up("Shift");
      await blog.predicted();
      await blog.page.keyboard.press(" ");
      const blank = () =>
        blog.page.evaluate(
          () =>
            new Promise((resolve) =>
              requestAnimationFrame(() =>
                requestAnimationFrame(() => {
                  resolve(document.querySelector("sketch-classifier")!.prediction === null);
                }),
              ),
            ),
        );
      expect(await blank()).toBe(false);
      await blog.page.keyboard.down("Control");
      await blog.page.keyboard.press("z");
      await blog.page.keyboard.up("Control");
      expect(await blank()).toBe(true);
      await blog.draw();
      await blog.predicted();
      await blog.page.keyboard.press("Delete");
      expect(await blank()).toBe(true);
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.undo();
      }); // the clearing, too
      expect(await blank()).toBe(false);
    });

    test("is taken back step by step, as far as its bound", async () => {
      await blog.open(blog.element());
      await blog.ready();
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.focus();
      });
      await blog.page.keyboard.press("ArrowUp");
      await blog.page.waitForFunction(() => find("sketch-classifier", ".cursor"));
      const steps = await blog.page.evaluate((strokes: number) => {
        const canvas = find("sketch-classifier", ".canvas")!;
        const undo = find("sketch-classifier", ".buttons button")!;
        const press = (key: string) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key }));
        for (let stroke = 0; stroke < strokes; stroke++) {
          press(" ");
          press(" ");
        }
        let steps = 0;
        for (; undo.ariaDisabled === "false"; steps++) undo.click();
        return steps;
      }, UNDO_LIMIT + 10);
      expect(steps).toBe(UNDO_LIMIT);
    });

    test("with the keyboard loses no key that is pressed before its part is there", async () => {
      let arrive: () => void = () => undefined;
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      blog.site.tamper = async (path, body) => {
        if (path.startsWith("assets/extras-")) await arrived;
        return body;
      };
      await blog.open(blog.element());
      await blog.ready();
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.focus();
      });
      for (const key of [" ", "ArrowUp", "ArrowUp", " "] as const) await blog.page.keyboard.press(key);
      expect(await blog.isShown(".cursor")).toBe(false);
      arrive();
      await blog.predicted();
    });

    test("goes on where what comes later cannot be fetched", async () => {
      let missed = 0;
      blog.site.tamper = (path, body) => {
        if (!path.startsWith("assets/extras-")) return body;
        missed += 1;
        return null;
      };
      await blog.open(blog.element("explain"));
      await blog.ready();
      await blog.page.evaluate(() => {
        document.querySelector("sketch-classifier")!.focus();
      });
      await blog.page.keyboard.press("ArrowUp");
      await blog.draw();
      await blog.predicted();
      expect(missed).toBeGreaterThan(0);
      // The browser's own words; Chromium has some for what could not be fetched.
      expect(blog.complaints.filter((said) => !/^failed: |Failed to load/.test(said))).toEqual([]);
    });

    test("shows each point at once, also of a stroke that is added to a very long drawing", async () => {
      await blog.open(blog.element());
      await blog.ready();
      await blog.page.evaluate(() => {
        const point = (index: number) => ({ x: index / 1000, y: 0.1 + (index % 2) / 10, width: 0.08 });
        document.querySelector("sketch-classifier")!.strokes = [
          Array.from({ length: 1000 }, (_, index) => point(index)),
        ];
      });
      await blog.predicted();
      const { x, y, width, height } = await blog.page.evaluate(
        () => find("sketch-classifier", ".canvas")!.getBoundingClientRect().toJSON() as DOMRect,
      );
      const { mouse } = blog.page;
      await mouse.move(x + 0.2 * width, y + 0.7 * height);
      await mouse.down();
      await mouse.move(x + 0.8 * width, y + 0.7 * height);
      const opacity = await blog.page.evaluate(() => {
        const canvas = find("sketch-classifier", "canvas.canvas") as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(canvas.width / 2, canvas.height * 0.7, 1, 1);
        return data[3];
      });
      await mouse.up();
      expect(opacity).toBe(255);
    });

    test("that was begun before the model is there is answered when it comes", async () => {
      let arrive: () => void = () => undefined;
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      blog.site.tamper = async (path, body) => {
        if (path === WEIGHTS) await arrived;
        return body;
      };
      await blog.open(blog.element());
      await blog.draw();
      arrive();
      await blog.predicted();
    });
  });
});
