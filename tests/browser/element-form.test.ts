// <sketch-classifier> as a form control, in every browser: what a form posts, demands, resets and
// gets back.
import { expect, test } from "vitest";
import { decodeStrokes } from "../../web/src/pad/link.ts";
import { Blog, inEveryBrowser, until } from "./scenario.ts";

inEveryBrowser((blog) => {
  test("it demands an answer, posts its label, can be refused in the page's words, and comes back from the browser's history", async () => {
    blog.mayComplain = /is not focusable/; // Firefox, where the form is refused
    await blog.write("sent.html", "<!doctype html><title>Sent</title>");
    const form = (inside: string) =>
      `<form action="sent.html">${inside}<button>Send</button></form>`;
    const other = '<input type="hidden" name="other" value="x">';
    await blog.post(
      form(
        `<label for="digit">Your digit</label>${blog.element('id="digit" name="digit" required')}${other}`,
      ),
      {
        script: 'addEventListener("unload", () => undefined);',
      },
    );
    await blog.loaded();
    const state = () =>
      blog.onPad((pad) => ({
        valid: [
          pad.checkValidity(),
          pad.validity.valueMissing,
          pad.matches(":invalid"),
          pad.willValidate,
        ],
        message: pad.validationMessage,
        owned: pad.form === document.forms[0] && [...pad.form.elements].includes(pad),
        value: pad.value,
        name: pad.shadowRoot!.querySelector(".root")!.getAttribute("aria-label"),
      }));
    await expect
      .poll(() => state())
      .toEqual({
        valid: [false, true, true, true],
        message: await blog.text(".hint slot"),
        owned: true,
        value: "",
        name: "Your digit",
      });
    const focused = () => blog.onPad((pad) => document.activeElement === pad);
    await blog.page.click("button");
    await until(focused); // the browser points at what is missing
    expect(blog.host.asked).not.toContain("sent.html");
    await blog.page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
    });
    await blog.page.click("label");
    await until(focused);

    const label = await blog.drawn();
    await expect
      .poll(() => state())
      .toMatchObject({ valid: [true, false, false, true], message: "", value: label });
    const complained = await blog.onPad((pad) => {
      pad.setCustomValidity("Not this one");
      const { validity, validationMessage, form } = pad;
      const refused = [
        pad.reportValidity(),
        validity.customError,
        validationMessage,
        form!.checkValidity(),
      ];
      pad.setCustomValidity("");
      return [...refused, pad.checkValidity()];
    });
    expect(complained).toEqual([false, true, "Not this one", false, true]);
    await blog.page.click("button");
    await blog.until(() => document.title === "Sent");
    expect(await blog.page.evaluate(() => location.search)).toBe(`?digit=${label}&other=x`);

    await blog.goBack();
    await blog.loaded();
    expect(await blog.predicted()).toBe(label);
    // Loaded anew; but WebKit has kept the page as it was.
    expect(await blog.page.evaluate(() => persisted)).toBe(blog.browser === "webkit");
  });

  test("it posts the drawing itself where it is told to, which draws the same again", async () => {
    const label = await blog.drawn(
      `<form>${blog.element('name="digit" value-as="strokes"')}</form>`,
    );
    const { posted, strokes } = await blog.onPad((pad) => ({
      posted: new FormData(pad.form!).get("digit") as string,
      strokes: pad.strokes,
    }));
    expect(strokes.length).toBe(1);
    expect(decodeStrokes(posted)).toEqual(strokes);

    await blog.post(`<form>${blog.element(`name="digit" value="${posted}"`)}</form>`);
    await blog.loaded();
    expect(await blog.predicted()).toBe(label);
    const again = await blog.onPad((pad, text: string) => {
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
    expect(again).toEqual({
      cleared: ["", 0],
      reset: strokes,
      emptied: 0,
      set: strokes,
      left: 0,
      restored: strokes,
    });
  });

  test("disabled or read-only, nobody can draw; only the first posts nothing", async () => {
    await blog.post(
      `<form><fieldset>${blog.element('name="digit" readonly required')}</fieldset></form>`,
    );
    await blog.loaded();
    const posted = () => blog.onPad((pad) => [...new FormData(pad.form!).keys()].join());
    const drawn = () => blog.onPad((pad) => pad.strokes.length);
    await blog.draw();
    expect([await drawn(), await posted(), await blog.onPad((pad) => pad.willValidate)]).toEqual([
      0,
      "digit",
      false,
    ]);
    await expect.poll(() => blog.isShown(".buttons")).toBe(false);
    await blog.onPad((pad) => {
      pad.readOnly = false;
      document.querySelector("fieldset")!.disabled = true;
    });
    await expect.poll(() => posted()).toBe("");
    await blog.draw();
    await expect.poll(() => drawn()).toBe(0);
    expect(await blog.onPad((pad) => pad.matches(":disabled"))).toBe(true);
    await blog.onPad(() => (document.querySelector("fieldset")!.disabled = false));
    await expect.poll(() => posted()).toBe("digit");
    await blog.draw();
    await expect.poll(() => drawn()).toBe(1);
  });
}, new Blog());
