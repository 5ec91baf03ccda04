// <sketch-classifier> as a form control, in every browser: what a form posts, demands, resets and gets back.
import { describe, expect, test } from "vitest";
import { decodeStrokes } from "../../web/src/pad/link.ts";
import { onABlog, WEIGHTS, type Blog } from "./blog.ts";

declare global {
  /** The details of the element's `change` events: a label, or null. */
  var changes: (string | null)[];
  /** Whether the page came back as it was left. */
  var persisted: boolean | undefined;
}

/** A slanted line, as points of a pad's side. */
const LINE = [
  [
    { x: 0.6, y: 0.15 },
    { x: 0.55, y: 0.5 },
    { x: 0.5, y: 0.85 },
  ],
];
const LISTEN = `globalThis.changes = [];
  document.addEventListener("change", ({ detail }) => { changes.push(detail && detail.label); });`;

onABlog((blog) => {
  const { element } = using(blog);

  describe("in a form", () => {
    test("posts the label of the answer, once there is one", async () => {
      await blog.write("sent.html", "<!doctype html><title>Sent</title>");
      const form = (inside: string) => `<form method="post" action="sent.html">${inside}<button>Send</button></form>`;
      const other = '<input type="hidden" name="other" value="x">';
      await blog.open(
        form(`<label for="digit">Your digit</label>${blog.element('id="digit" name="digit" required')}${other}`),
      );
      await blog.ready();
      const state = () =>
        element((pad) => ({
          valid: [pad.checkValidity(), pad.validity.valueMissing, pad.matches(":invalid"), pad.willValidate],
          message: pad.validationMessage,
          owned: pad.form === document.forms[0] && [...pad.form.elements].includes(pad),
          value: pad.value,
          name: pad.shadowRoot!.querySelector(".root")!.getAttribute("aria-label"),
        }));
      expect(await state()).toEqual({
        valid: [false, true, true, true],
        message: await blog.text(".hint"),
        owned: true,
        value: "",
        name: "Your digit",
      });
      await blog.page.click("button");
      const focused = () => element((pad) => document.activeElement === pad);
      await expect.poll(focused).toBe(true); // the browser points at what is missing
      expect(blog.stage.host.posted).toEqual([]);

      await blog.page.evaluate(() => {
        (document.activeElement as HTMLElement).blur();
      });
      await blog.page.click("label");
      await expect.poll(focused).toBe(true);
      await blog.draw();
      const label = await blog.predicted();
      expect(await state()).toMatchObject({ valid: [true, false, false, true], message: "", value: label });
      await blog.page.click("button");
      await expect.poll(() => blog.stage.host.posted).toEqual([`digit=${label}&other=x`]);
    });

    test("posts the drawing itself where it is told to, which draws the same again", async () => {
      await blog.open(`<form>${blog.element('name="digit" value-as="strokes"')}</form>`);
      await blog.ready();
      await blog.draw();
      const label = await blog.predicted();
      const { posted, strokes } = await element((pad) => ({
        posted: new FormData(pad.form!).get("digit") as string,
        strokes: pad.strokes,
      }));
      expect(strokes.length).toBe(1);
      expect(decodeStrokes(posted)).toEqual(strokes);

      await blog.open(`<form>${blog.element(`name="digit" value="${posted}"`)}</form>`);
      await blog.ready();
      expect(await blog.predicted()).toBe(label);
      const again = await element((pad, text: string) => {
        pad.clear();
        const cleared = [pad.value, pad.strokes.length];
        pad.form!.reset();
        const reset = pad.strokes;
        pad.value = "";
        const emptied = pad.strokes.length;
        pad.value = text;
        const set = pad.strokes;
        pad.formStateRestoreCallback(""); // as browsers do that come back to a page
        const left = pad.strokes.length;
        pad.formStateRestoreCallback(text);
        return { cleared, reset, emptied, set, left, restored: pad.strokes };
      }, posted);
      expect(again).toEqual({ cleared: ["", 0], reset: strokes, emptied: 0, set: strokes, left: 0, restored: strokes });
      expect(blog.complaints).toEqual([]);
    });

    test("what is no drawing is told in the console, but not the answer that a framework gives back", async () => {
      await blog.open(blog.element('name="digit"'));
      await blog.ready();
      await blog.draw();
      const label = await blog.predicted();
      await element((pad, label: string) => {
        pad.value = label;
      }, label);
      expect(blog.complaints).toEqual([]);
      await element((pad) => {
        pad.value = "a cat";
      });
      await expect.poll(() => blog.complaints.join()).toMatch(/value must be the text of a drawing.*a cat/);
      expect(await element((pad) => pad.strokes.length)).toBe(1);
    });

    test("disabled or read-only, nobody can draw; only the first posts nothing", async () => {
      await blog.open(`<form><fieldset>${blog.element('name="digit" readonly required')}</fieldset></form>`);
      await blog.ready();
      const posted = () => element((pad) => [...new FormData(pad.form!).keys()].join());
      const drawn = () => element((pad) => pad.strokes.length);
      await blog.draw();
      expect([await drawn(), await posted(), await element((pad) => pad.willValidate)]).toEqual([0, "digit", false]);
      expect(await blog.isShown(".buttons")).toBe(false);
      await element((pad) => {
        pad.readOnly = false;
        document.querySelector("fieldset")!.disabled = true;
      });
      await expect.poll(posted).toBe("");
      await blog.draw();
      expect(await drawn()).toBe(0);
      expect(await element((pad) => pad.matches(":disabled"))).toBe(true);
      await blog.page.evaluate(() => {
        document.querySelector("fieldset")!.disabled = false;
      });
      await expect.poll(posted).toBe("digit");
      await blog.draw();
      expect(await drawn()).toBe(1);
    });

    test("a page can refuse an answer in its own words", async () => {
      await blog.open(`<form>${blog.element('name="digit"')}</form>`);
      await blog.ready();
      const complained = await element((pad) => {
        pad.setCustomValidity("Not this one");
        const refused = [
          pad.reportValidity(),
          pad.validity.customError,
          pad.validationMessage,
          pad.form!.checkValidity(),
        ];
        pad.setCustomValidity("");
        return [...refused, pad.checkValidity()];
      });
      expect(complained).toEqual([false, true, "Not this one", false, true]);
    });

    test("gets its drawing back from the browser's history", async () => {
      await blog.write("next.html", "<!doctype html><title>Next</title>");
      await blog.open(`<form>${blog.element('name="digit"')}</form>`, {
        script: `addEventListener("unload", () => undefined);
          addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; });`,
      });
      await blog.ready();
      await blog.draw();
      const label = await blog.predicted();
      await blog.page.goto(`${blog.stage.host.url}next.html`);
      await blog.page.evaluate(() => {
        history.back();
      });
      await blog.ready();
      expect(await blog.predicted()).toBe(label);
      // Loaded anew; but WebKit has kept the page as it was.
      expect(await blog.page.evaluate(() => persisted)).toBe(blog.stage.browser.name === "webkit");
    });
  });

  describe("for scripts", () => {
    test("change comes once for each drawing, at rest", async () => {
      await blog.open(blog.element(), { script: LISTEN });
      await blog.ready();
      await blog.draw();
      const label = await blog.predicted();
      expect(await blog.page.evaluate(() => changes)).toEqual([]);
      await blog.page.waitForFunction(() => changes.length > 0);
      await element((pad) => {
        pad.labels = "a,b,c,d,e,f,g,h,i,j"; // no other drawing
      });
      await blog.press(".buttons button:last-child");
      await blog.page.waitForFunction(() => changes.length > 1);
      expect(await blog.page.evaluate(() => changes)).toEqual([label, null]);
    });

    test("strokes are set, explained and made an image file", async () => {
      await blog.open(blog.element());
      await blog.ready();
      expect(await element(async (pad) => [await pad.toBlob(), await pad.explainAnswer()])).toEqual([null, null]);
      await element((pad, line) => {
        pad.strokes = line;
      }, LINE);
      const label = await blog.predicted();
      const made = await element(async (pad) => {
        const blob = (await pad.toBlob())!;
        const bitmap = await createImageBitmap(blob);
        const [explained, other] = [await pad.explainAnswer(), await pad.explainAnswer("0")];
        const logit = pad.prediction!.logits![pad.prediction!.labelIndex]!;
        const read = await pad.model!.predict(blob); // black on white: not what a model of strokes sees
        return {
          image: [blob.type, bitmap.width, bitmap.height],
          widths: [...new Set(pad.strokes.flat().map(({ width }) => width))].length,
          explained: [explained!.score.toFixed(3) === logit.toFixed(3), other!.score === explained!.score],
          read: read.label !== null,
        };
      });
      expect(made).toEqual({
        image: ["image/png", 512, 512],
        widths: 1,
        explained: [true, label === "0"],
        read: true,
      });
    });

    test("properties that were set before the element was known count", async () => {
      await blog.open('<form id="app"></form>', {
        script: `document.addEventListener("DOMContentLoaded", () => {
          const early = document.createElement("sketch-classifier");
          Object.assign(early, { src: ${JSON.stringify(blog.src())}, name: "digit", required: true, strokes: ${JSON.stringify(LINE)} });
          document.querySelector("#app").append(early);
        });`,
      });
      await blog.ready();
      const label = await blog.predicted();
      expect(await element((pad) => [pad.value, new FormData(pad.form!).get("digit"), pad.checkValidity()])).toEqual([
        label,
        label,
        true,
      ]);
    });
  });

  describe("for style sheets", () => {
    test("it is loading, ready or failed, and blank", async () => {
      const states = () =>
        element((pad) =>
          ["loading", "ready", "failed", "blank"].filter((name) => pad.matches(`:state(${name})`)).join(),
        );
      const go = blog.hold(WEIGHTS);
      await blog.open(blog.element());
      await blog.page.waitForFunction(() => customElements.get("sketch-classifier"));
      expect(await states()).toBe("loading,blank");
      go();
      await blog.ready();
      expect(await states()).toBe("ready,blank");
      await blog.draw();
      expect(await states()).toBe("ready");
      await element((pad) => {
        pad.src = "nowhere";
      });
      await expect.poll(states).toBe("failed");
    });
  });

  test("a shadow root that came with the page keeps its content until the model is there", async () => {
    const go = blog.hold(WEIGHTS);
    const declared = '<template shadowrootmode="open"><p id="wait">Just a moment</p></template>';
    await blog.open(blog.element("", declared));
    await blog.page.waitForFunction(() => heard.includes("progress"));
    await new Promise((resume) => setTimeout(resume, 300)); // ms; an empty element would be shown by now
    const shown = () =>
      element((pad) => [pad.shadowRoot!.querySelector("#wait")?.textContent, pad.shadowRoot!.childNodes.length]);
    expect(await shown()).toEqual(["Just a moment", 1]);
    go();
    await blog.ready();
    await blog.draw();
    await blog.predicted();
    expect((await shown())[0]).toBeFalsy();
  });

  test.each([
    ["no internals", "delete HTMLElement.prototype.attachInternals;"],
    ["no states", "delete ElementInternals.prototype.states;"],
    [
      "states with dashes only",
      "CustomStateSet.prototype.add = (name) => { if (!name.startsWith('--')) throw new SyntaxError('two dashes'); };",
    ],
  ])("where a browser has %s, nothing breaks", async (_, script) => {
    await blog.open(`<form>${blog.element('name="digit" required')}</form>`, { script: script + LISTEN });
    await blog.ready();
    await blog.draw();
    const label = await blog.predicted();
    expect(await element((pad) => pad.value)).toBe(label);
    await blog.page.waitForFunction(() => changes.length > 0);
    expect(blog.complaints).toEqual([]);
  });
});

type Pad = HTMLElementTagNameMap["sketch-classifier"];

/** @returns Runs a function on the first element of the page. */
const using = (blog: Blog) => ({
  element: <R, A extends readonly unknown[]>(act: (pad: Pad, ...given: A) => R, ...given: A): Promise<Awaited<R>> =>
    blog.page.$eval<"sketch-classifier", unknown[]>("sketch-classifier", act as never, ...given) as Promise<Awaited<R>>,
});
