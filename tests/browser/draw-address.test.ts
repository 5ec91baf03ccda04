// A drawing in the address: kept, shared, brought back, read by another model. SITE_DIR as in scenario.ts.
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { address, allowClipboard, axeFindings, choose, expectSame, follow, hash, host, open, page } from "./drawing.ts";
import { picture, pixels, ready, seen, settings, settled, shares, stage, text, touch } from "./drawing.ts";
import { whenAnswered, whenNoted } from "./drawing.ts";
import { DIGITS, draw, mouse, pen, type Hand } from "./hand.ts";
import { goTo, says } from "./panel.ts";
import { DESKTOP, inChromium, inEveryBrowser, PHONE } from "./scenario.ts";

/** Draw; the drawing is in the address, and comes back with it, here and on another screen. */
async function expectToComeBack(hand: Hand, digit: keyof typeof DIGITS): Promise<void> {
  await draw(page, hand, DIGITS[digit]);
  const drawn = await shares();
  const inked = await pixels(".pad-canvas");
  const before = await address();
  expect(before.length).toBeLessThan(host.url.length + 600);
  await page.reload();
  await ready();
  expectSame(await shares(), drawn);
  expect(await pixels(".pad-canvas")).toBe(inked);
  expect(await address()).toBe(before);

  // On a screen of another size and resolution, as whoever gets the link has
  await page.setViewport({ width: 700, height: 900, deviceScaleFactor: 2 });
  await page.reload();
  await ready();
  expectSame(await shares(), drawn);
}

inEveryBrowser((played) => {
  follow(played);

  test.each([
    ["mouse", DESKTOP, "4"],
    ["finger", PHONE, "3"],
  ] as const)(
    "what a %s drew comes back with the address, with the same probabilities",
    async (kind, viewport, digit) => {
      await open(viewport);
      await expectToComeBack(kind === "mouse" ? mouse(page) : touch(), digit);

      // So does a step back in the history.
      const drawn = await shares();
      await page.goto(`${host.url}models/index.json`);
      await page.evaluate(() => {
        history.back();
      });
      await page.waitForFunction(() => document.querySelector(".bar") !== null);
      await ready();
      expectSame(await shares(), drawn);
    },
  );
}, settings);

inChromium((played) => {
  follow(played);

  test("an address that changes changes the drawing, and one that cannot be read does not", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    const [seven, drawnSeven] = [await hash(), await shares()];
    await page.click(".clear");
    expect(await hash()).toBe("");
    await draw(page, mouse(page), DIGITS["0"]);
    const drawnZero = await shares();
    await goTo(stage, seven);
    await whenAnswered("7");
    expectSame(await shares(), drawnSeven);
    await page.click(".undo");
    expectSame(await shares(), drawnZero);

    // Which texts are drawings is decided in web/src/pad/link.test.ts.
    for (const damaged of ["#drawing=", `${seven}A`, "#drawing=%E0%A4%A", "#test=many", "#test=-1"]) {
      await goTo(stage, damaged);
      await whenNoted();
      expect(await text(".pad-note")).toContain("address");
      expectSame(await shares(), drawnZero);
      await page.click(".clear"); // empties the note too
      await page.click(".undo");
      expect(await text(".pad-note")).toBe("");
    }
    await goTo(stage, "#use"); // a place on the page
    await settled();
    expectSame(await shares(), drawnZero);

    await page.goto("about:blank");
    await open(DESKTOP, "#drawing=1garbage");
    expect(await shares()).toEqual([]);
    expect(await text(".pad-note")).toContain("address");
    expect(await axeFindings()).toEqual([]);
    await draw(page, mouse(page), DIGITS["0"]);
    expect(await text(".pad-note")).toBe("");
    expect(seen.complaints).toEqual([]);
  });

  test("a drawing too long for an address is said to be so, and still answered", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["1"]);
    expect(await hash()).not.toBe("");
    const place = (step: number): [number, number] => [0.5 + 0.4 * Math.sin(step), 0.5 + 0.4 * Math.cos(step * 1.7)];
    const scribble = Array.from({ length: 4000 }, (_, step) => place(step));
    // Sent from within: four thousand moves through the browser's door would take a minute.
    await page.$eval(
      ".pad-canvas",
      (canvas, points) => {
        const box = canvas.getBoundingClientRect();
        const send = (type: string, [x, y]: readonly [number, number]) =>
          canvas.dispatchEvent(
            new PointerEvent(type, { pointerId: 1, clientX: box.x + x * box.width, clientY: box.y + y * box.height }),
          );
        canvas.setPointerCapture = () => undefined; // no real pointer is down
        send("pointerdown", points[0]!);
        for (const point of points) send("pointermove", point);
        send("lostpointercapture", points.at(-1)!);
      },
      scribble,
    );
    await whenNoted();
    expect(await text(".pad-note")).toContain("too long");
    expect(await hash()).toBe("");
    expect(await shares()).not.toEqual([]);
    expect(seen.complaints).toEqual([]);
  });

  test("another model reads the same drawing: other labels, other pictures, not linear", async () => {
    await open(DESKTOP);
    await draw(page, mouse(page), DIGITS["7"]);
    const drawn = await shares();
    const inked = await pixels(".pad-canvas");
    await page.select(".picker select", "letters");
    await page.waitForFunction(() => document.querySelectorAll(".bar").length === 3);
    expect((await shares()).length).toBe(3);
    expect(await pixels(".pad-canvas")).toBe(inked);
    expect(await text(".bars")).toContain("long label");
    expect(await page.$eval(".picture canvas", (canvas) => [canvas.width, canvas.height])).toEqual([16, 16]);
    for (const linearOnly of ["#weights", "#why", ".test-digit"]) {
      expect(await page.$eval(linearOnly, (element) => element.checkVisibility())).toBe(false);
    }
    // No more is promised of a model than it shows.
    expect(await text(".promise")).not.toContain("why");
    expect(await text("h1")).toBe("Draw");
    expect(await page.evaluate(() => document.title)).toBe("Draw. See how a model reads it while you draw.");
    await page.click(".clear");
    expect(await shares()).toEqual([]);
    expect(await text(".headline")).toBe("Draw one of these");
    await page.click(".undo");
    const first = await page.$eval(".picker option", (option) => option.value);
    await page.select(".picker select", first);
    await page.waitForFunction(() => document.querySelectorAll(".bar").length > 3);
    expectSame(await shares(), drawn);
    expect(await text(".promise")).toContain("See why");
    expect(await page.evaluate(() => document.title)).toMatch(/^Draw a digit\. See why/);
    expect(seen.complaints).toEqual([]);
  });
  test("where the page may not copy, the link can be selected; an image is not in it, and the page says so", async () => {
    await open(PHONE);
    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
    });
    await draw(page, touch(), DIGITS["3"]);
    await page.click(".copy-link");
    await whenNoted();
    const chosen = await page.evaluate(() => {
      const field = document.activeElement as HTMLInputElement;
      return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
    });
    expect(chosen).toContain(await hash());
    expect(await axeFindings()).toEqual([]);

    await choose(await picture("three.png", DIGITS["3"], "white", "black"));
    await whenAnswered("3");
    await page.click(".copy-link");
    await says(stage, ".pad-note", /does not include/);
    expect(seen.complaints).toEqual([]);
  });
}, settings);

// Only Chromium’s protocol has a clipboard with permissions, and a pen.
inEveryBrowser(
  (played) => {
    follow(played);

    test("the link that is copied holds the drawing and the model", async () => {
      await allowClipboard();
      await open(DESKTOP);
      await draw(page, mouse(page), DIGITS["3"]);
      await page.select(".picker select", "letters");
      await page.waitForFunction(() => document.querySelectorAll(".bar").length === 3);
      const drawn = await shares();
      await asPage(page).bringToFront();
      await page.click(".copy-link");
      await whenNoted();
      expect(await text(".pad-note")).toBe("Link copied.");
      await says(stage, ".pad-note", "");
      const link = await page.evaluate(() => navigator.clipboard.readText());
      expect(new URL(link).searchParams.get("model")).toBe("letters");
      await page.goto("about:blank");
      await page.goto(link);
      await ready();
      expectSame(await shares(), drawn);
      expect(await text(".name, .picker")).toContain("letters");
      expect(seen.complaints).toEqual([]);
    });

    test("what a pen drew comes back with the address, with the same probabilities", async () => {
      await open(DESKTOP);
      const session = await asPage(page).createCDPSession();
      await expectToComeBack(pen(session, 0.7), "2");
    });
  },
  { ...settings, only: ["chromium"] },
);
