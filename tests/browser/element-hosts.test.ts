// <sketch-classifier> on pages that do not make it easy, in every browser: their styles, their frames, their themes.
import { describe, expect, test } from "vitest";
import { drawIn, onABlog, policyFor } from "./blog.ts";
import { evaluateIn } from "./browser.ts";
import { PHONE } from "./scenario.ts";

onABlog((blog) => {
  describe("hosts", () => {
    test.each([
      ["resets everything", "* { all: unset !important }"],
      [
        "hides and blows up",
        "div, canvas, button, ol, p { display: none !important } * { font-size: 90px !important; line-height: 5 }",
      ],
      [
        "turns text white, huge and uppercase",
        "body { font: 60px fantasy; text-transform: uppercase; letter-spacing: 1em; text-align: right; pointer-events: auto; white-space: pre }",
      ],
    ])("whose style sheet %s", async (_, css) => {
      await blog.open(blog.element(), { css });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      const sizes = await blog.page.evaluate(() => {
        const root = document.querySelector("sketch-classifier")!.shadowRoot!;
        const size = (selector: string) => {
          const { width, height } = root.querySelector(selector)!.getBoundingClientRect();
          return [width, height] as const;
        };
        return {
          pad: size(".pad"),
          undo: size(".buttons button"),
          font: getComputedStyle(root.querySelector(".bar")!).fontSize,
        };
      });
      expect(sizes.pad[0]).toBeGreaterThan(200);
      expect(sizes.pad[0]).toBe(sizes.pad[1]);
      expect(sizes.undo[0]).toBeGreaterThanOrEqual(44);
      expect(sizes.undo[1]).toBeGreaterThanOrEqual(44);
      expect(sizes.font).toBe("16px");
      expect(blog.complaints).toEqual([]);
    });

    test("with right-to-left text: the bars grow from the right", async () => {
      await blog.open(blog.element(), { html: 'lang="ar" dir="rtl"' });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      const ends = await blog.page.evaluate(() => {
        const root = document.querySelector("sketch-classifier")!.shadowRoot!;
        const right = (selector: string) => root.querySelector(selector)!.getBoundingClientRect().right;
        return {
          track: right(".winner .track"),
          fill: right(".winner .fill"),
          pad: right(".pad"),
          bars: right(".bars"),
        };
      });
      expect(ends.fill).toBeCloseTo(ends.track, 1);
      expect(ends.pad).toBeGreaterThan(ends.bars);
    });

    test("with right-to-left text: shares end at the left, and what is more than 99.9 % reads as it does elsewhere", async () => {
      await blog.open(blog.element(), { html: 'lang="he" dir="rtl"' });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      await blog.page.waitForFunction(() => find("sketch-classifier", ".headline")?.textContent); // with it comes the order
      const { sign, digit, value, row } = await blog.page.evaluate(() => {
        const value = find("sketch-classifier", ".winner .value")!;
        value.textContent = `>${(0.999).toLocaleString("he", { style: "percent", minimumFractionDigits: 1 })}`;
        const text = value.firstChild as Text;
        const left = (at: number) => {
          const range = document.createRange();
          range.setStart(text, at);
          range.setEnd(text, at + 1);
          return range.getBoundingClientRect().left;
        };
        return {
          sign: left(0),
          digit: left(text.data.indexOf("9")),
          value: value.getBoundingClientRect().left,
          row: value.parentElement!.getBoundingClientRect().left,
        };
      });
      expect(sign).toBeLessThan(digit);
      expect(value).toBeCloseTo(row, 0);
    });

    test("with a column of 160 px: all of it is there, and nothing sticks out", async () => {
      const labels = "zero,one,two,three,four,five,six,seven,eight,a very long one";
      await blog.open(`<aside lang="de">${blog.element(`explain labels="${labels}"`)}</aside>`, {
        css: "aside { width: 160px }",
      });
      await blog.ready();
      await blog.draw();
      await blog.predicted();
      await blog.page.waitForFunction(() => find("sketch-classifier", ".headline")?.textContent);
      const { outside, track, pad } = await blog.page.evaluate(() => {
        const { right } = document.querySelector("aside")!.getBoundingClientRect();
        const all = [...document.querySelector("sketch-classifier")!.shadowRoot!.querySelectorAll(".root *")];
        return {
          outside: all
            .filter((one) => one.getBoundingClientRect().right > right + 0.5)
            .map(({ className }) => className),
          track: find("sketch-classifier", ".track")!.clientWidth,
          pad: find("sketch-classifier", ".pad")!.offsetWidth,
        };
      });
      expect(outside).toEqual([]);
      expect(track).toBeGreaterThan(16);
      expect(pad).toBe(160);
    });

    test("that put it into a shadow root of their own: predict still gets out", async () => {
      await blog.open('<div id="app"></div>', {
        script: `document.addEventListener("DOMContentLoaded", () => {
        const root = document.querySelector("#app").attachShadow({ mode: "open" });
        const classifier = document.createElement("sketch-classifier");
        classifier.setAttribute("src", ${JSON.stringify(blog.src())});
        root.append(classifier);
        globalThis.kept = classifier;
        document.addEventListener("predict", ({ detail }) => { globalThis.answer = detail.label; });
      });`,
      });
      // Whether it is there: the model itself takes WebKit's driver ten seconds to hand over.
      await blog.page.waitForFunction(() => "kept" in globalThis && Boolean(kept.model));
      await blog.draw("#app", "sketch-classifier");
      await blog.page.waitForFunction(() => (globalThis as { answer?: string }).answer);
    });

    test("that frame it without an origin of its own", async () => {
      await blog.write(
        "framed.html",
        `<!doctype html><title>f</title><script type=module src=${blog.site.url}embed.js></script>${blog.element()}`,
      );
      const framing = await blog.under(policyFor(blog.site.origin, "; frame-src 'self'"));
      await blog.open('<iframe sandbox="allow-scripts" src="framed.html" width="600" height="600"></iframe>', {
        at: framing,
      });
      const inside = <T>(fn: () => T) => evaluateIn(blog.page, "iframe", fn);
      await expect
        .poll(() =>
          inside(() => {
            const { model } = document.querySelector("sketch-classifier") ?? {};
            return [origin, Boolean(model)];
          }),
        )
        .toEqual(["null", true]);
      const pad = await inside(() => {
        const { x, y, width, height } = document
          .querySelector("sketch-classifier")!
          .shadowRoot!.querySelector(".canvas")!
          .getBoundingClientRect();
        return { x, y, width, height };
      });
      const at = await blog.page.evaluate(() => {
        const { x, y } = document.querySelector("iframe")!.getBoundingClientRect();
        return { x: x + 2, y: y + 2 }; // its border
      });
      await drawIn(blog.page, { ...pad, x: pad.x + at.x, y: pad.y + at.y });
      await expect
        .poll(() => inside(() => document.querySelector("sketch-classifier")!.prediction?.label))
        .toMatch(/^\d$/);
      await framing.close();
    });

    test("that shrink it to its content, as a flex container does: on a phone it fits", async () => {
      await blog.open(`<div class="row">${blog.element()}</div>`, {
        css: ".row { display: flex }",
        size: PHONE,
      });
      await blog.ready();
      const { row, own } = await blog.page.evaluate(() => ({
        row: document.querySelector(".row")!.clientWidth,
        own: document.querySelector("sketch-classifier")!.clientWidth,
      }));
      expect(await blog.stage.overflow()).toBe(0);
      expect(own).toBe(row);
    });

    test("whose theme changes: the strokes take the new colour", async () => {
      await blog.open(blog.element(), {
        css: "body { color: rgb(200, 0, 0) } .night { color: rgb(0, 0, 250) }",
      });
      await blog.ready();
      await blog.draw();
      const colour = () =>
        blog.page.evaluate(() => {
          const canvas = find("sketch-classifier", ".canvas") as HTMLCanvasElement;
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
          const opaque = new Map<string, number>();
          for (let at = 0; at < data.length; at += 4) {
            const seen = data.subarray(at, at + 3).join();
            if (data[at + 3] === 255) opaque.set(seen, (opaque.get(seen) ?? 0) + 1);
          }
          // Of most pixels: where the edges of two segments meet, rounding may take one off.
          const [most] = [...opaque].reduce<[string, number]>((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
          return most.split(",").map(Number);
        });
      expect(await colour()).toEqual([200, 0, 0]);
      await blog.page.evaluate(() => {
        document.body.className = "night";
      });
      await expect.poll(colour).toEqual([0, 0, 250]);
    });

    test("have an element that passes axe, in both themes, ready and failed", async () => {
      for (const theme of ["light", "dark"]) {
        for (const works of [true, false]) {
          await blog.open(
            `<main><h1>A post</h1>${blog.element(`theme="${theme}" explain alt="Digits"`).replace("latest", works ? "latest" : "missing")}</main>`,
          );
          await blog.page.waitForFunction(() => heard.includes("load") || heard.includes("error"));
          if (works) await blog.draw();
          expect(await blog.stage.axeFindings()).toEqual([]);
        }
      }
    });
  });
});
