// The tour for teachers: stops as addresses. The game against the machine. SITE_DIR as in page.test.ts.
import { expect, test } from "vitest";
import { DIGITS, draw, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, inChromium, manifestOf, PHONE, THEMES, type Stage } from "./scenario.ts";

/** The stop of this number is shown, and says what came of it. */
async function arrive(stage: Stage, number: number): Promise<string> {
  await stage.page.waitForFunction(
    (number) =>
      document.querySelector(".tour-place")?.textContent.includes(` ${String(number)} `) === true &&
      document.querySelector(".tour-outcome")?.textContent !== "",
    {},
    number,
  );
  return stage.text(".tour-outcome");
}

const hash = (stage: Stage) => stage.page.evaluate(() => location.hash);
const marked = (stage: Stage) =>
  stage.page.$$eval(".parts-nav [aria-current]", (links) => links.map((link) => (link as HTMLAnchorElement).hash));
/** The section behind the card. */
const section = (stage: Stage) => stage.page.$eval(".tour-card + *", ({ id }) => id);

inEveryBrowser((stage) => {
  test("a press just after a link to a section finds the page alive, and everything where it was", async () => {
    await stage.open(DESKTOP, "light", "#learn");
    await stage.ready();
    await stage.page.waitForSelector(".learn .choice");
    const top = () => stage.page.$eval("#learn", (section) => Math.round(section.getBoundingClientRect().top));
    let before = NaN;
    await expect
      .poll(async () => {
        const last = before;
        before = await top();
        return before - last; // panels above it are fetched, too, and it moves until they are there
      })
      .toBe(0);
    await stage.page.mouse.move(640, 400);
    await stage.page.mouse.down();
    await stage.page.mouse.up();
    // While panels off screen were skipped, Firefox scrolled by 367 pixels here, and Chromium's page never answered again.
    expect(Math.abs((await top()) - before)).toBeLessThan(100);
  });

  test("an address leads to its stop: the drawing, the answer, the part of the page", async () => {
    await stage.open(DESKTOP, "light", "#tour/3");
    await stage.ready();
    const told = await arrive(stage, 3);
    expect((await stage.answer()).label).toBe("3");
    expect(told).toMatch(/^3 scores \+/);
    expect(await section(stage)).toBe("why");
    expect(await hash(stage)).toBe("#tour/3");
    // The answer that came second is selected.
    const pressed = await stage.page.$$eval(".bar[aria-pressed='true']", (bars) =>
      bars.map((bar) => bar.querySelector(".bar-label")?.textContent),
    );
    const second = await stage.page.$$eval(".bar", (bars) => {
      const share = (bar: Element) =>
        Number(bar.querySelector<HTMLElement>(".bar-fill")?.style.getPropertyValue("--share"));
      return bars.sort((a, b) => share(b) - share(a))[1]?.querySelector(".bar-label")?.textContent;
    });
    expect(pressed).toEqual([second]);
    expect(told).toContain(`${String(second)} comes second`);
    // What it explains is in the window.
    const top = await stage.page.$eval(".tour-card", (card) => card.getBoundingClientRect().top);
    expect(Math.abs(top)).toBeLessThan(120);
    expect(await stage.page.evaluate(() => document.activeElement?.className)).toBe("tour-card");
    expect(stage.seen.complaints).toEqual([]);
  });

  test("all seven stops, forward by their links and back in the history", async () => {
    await stage.open(PHONE, "light", "#tour/1");
    await stage.ready();
    const sections = [];
    for (let number = 1; ; number++) {
      await arrive(stage, number);
      sections.push(await section(stage));
      expect(await hash(stage)).toBe(`#tour/${String(number)}`);
      expect(await stage.overflow()).toBe(0);
      // The list of sections shows where one is.
      await expect.poll(() => marked(stage)).toEqual([`#${sections.at(-1)!}`]);
      // Its head is in sight, below the list of sections, also after the outcome has made it taller.
      const hidden = () =>
        stage.page.evaluate(() => {
          const [list, card] = [".parts-nav", ".tour-card"].map((name) => document.querySelector(name)!);
          return list!.getBoundingClientRect().bottom - card!.getBoundingClientRect().top;
        });
      await expect.poll(hidden).toBeLessThan(2);
      if ((await stage.page.$(".tour-after")) === null) break;
      await stage.page.click(".tour-after");
    }
    expect(sections).toEqual(["draw", "hand", "why", "change", "weights", "learn", "draw"]);
    expect(await stage.text(".tour-outcome")).toMatch(/^The model answers \d \(/);

    await stage.page.evaluate(() => {
      history.back();
    });
    const told = await arrive(stage, 6);
    expect(told).toMatch(/^It is labelled \d\. The model answers \d/);
    expect(await section(stage)).toBe("learn");
    expect(await stage.text(".pad-caption")).toContain("Wrong.");

    await stage.page.click(".tour-end");
    await stage.page.waitForFunction(() => document.querySelector(".tour-card") === null);
    await stage.page.evaluate(() => {
      history.back();
    });
    await arrive(stage, 6);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a stop notices that its drawing was changed, and puts it back", async () => {
    await stage.open(DESKTOP, "light", "#tour/1");
    await stage.ready();
    const before = await arrive(stage, 1);
    await draw(stage.page, mouse(stage.page), DIGITS["1"]);
    expect(await stage.text(".tour-outcome")).toContain("You have changed");
    expect(await hash(stage)).toMatch(/^#drawing=/); // a reload keeps what the visitor drew
    await stage.page.click(".tour-card .action");
    await stage.page.waitForFunction(
      (before) => document.querySelector(".tour-outcome")?.textContent === before,
      {},
      before,
    );
    expect(await hash(stage)).toBe("#tour/1");
    await stage.page.click(".undo");
    expect(await stage.text(".tour-outcome")).toContain("You have changed");
  });

  test("an address that names no stop says so and leaves the drawing", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["7"]);
    await stage.page.evaluate(() => {
      location.hash = "#tour/99";
    });
    await stage.page.waitForFunction(
      () => document.querySelector(".pad-note")?.textContent.includes("7 stops") === true,
    );
    expect((await stage.answer()).label).toBe("7");
    expect(await stage.page.$(".tour-card")).toBeNull();
  });

  test("a misread image is fetched only for the stop that shows it", async () => {
    await stage.open(DESKTOP, "light", "#tour/1");
    await stage.ready();
    await arrive(stage, 1);
    const fetched = () => stage.seen.requests.filter((url) => url.includes("mistakes.bin")).length;
    expect(fetched()).toBe(0);
    await stage.page.evaluate(() => {
      location.hash = "#tour/4";
    });
    await arrive(stage, 4);
    expect(fetched()).toBeGreaterThan(0); // in WebKit, the worker's request for what to keep reaches the host, too
  });

  test("the list names every stop, and says what one downloads", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.$eval("#tour", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForSelector(".tour-stops a");
    const entries = await stage.page.$$eval(".tour-stops li", (items) => items.map((item) => item.textContent));
    expect(entries).toHaveLength(7);
    expect(entries.filter((entry) => /\(\d+\u00a0KB\)$/.test(entry))).toHaveLength(2);
    expect(await stage.axeFindings()).toEqual([]);
  });
});

inEveryBrowser((stage) => {
  test("ten rounds against the machine, by the keyboard, end with a sum", async () => {
    const { manifest } = await manifestOf();
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.$eval("#game", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForSelector("#game .action");
    expect(stage.seen.requests.filter((url) => /mistakes\.bin|reference\./.test(url))).toEqual([]);
    expect(await stage.text("#game .action")).toMatch(/^Play \(\d+\u00a0KB\)$/);
    await stage.page.click("#game .action");
    await stage.page.waitForSelector(".game-image canvas");
    await stage.page.focus(".game .choice");
    let [you, machine] = [0, 0];
    for (let round = 1; round <= 10; round++) {
      expect(await stage.text(".game-place")).toBe(`Image ${String(round)} of 10`);
      expect(await stage.colours(".game-image canvas")).toBeGreaterThan(2);
      await stage.page.keyboard.press("5");
      await stage.page.waitForFunction(() => document.querySelector(".game-verdict")?.textContent !== "");
      const verdict = await stage.text(".game-verdict");
      you += Number(verdict.includes("You are right"));
      machine += Number(/machine is right|so is the machine/.test(verdict));
      expect(await stage.text(".game-score")).toBe(
        `You ${String(you)}, machine ${String(machine)}, of ${String(round)}`,
      );
      // The label is marked, and whoever says 5 is right about a 5.
      const label = await stage.text(".game .choice.shown");
      expect(verdict.includes("You are right")).toBe(label === "5");
      if (round === 1) {
        expect(await stage.axeFindings()).toEqual([]);
        await stage.screenshot("desktop-game");
      }
      await stage.page.keyboard.press("Enter");
    }
    await stage.page.waitForSelector(".game-result");
    expect(await stage.text(".game-sum")).toBe(`You read ${String(you)} of 10 right, the machine ${String(machine)}.`);
    expect(machine).toBeGreaterThanOrEqual(3); // three to seven are mistakes of this very model
    expect(machine).toBeLessThanOrEqual(7);
    const share = `${(100 * manifest.metrics.test_accuracy).toFixed(1)}\u00a0%`;
    expect(await stage.text(".game-result .explains")).toContain(`${String(10 - machine)} of these 10`);
    expect(await stage.text(".game-result .explains")).toContain(share);
    expect(await stage.page.$$eval(".game-result tbody tr", (rows) => rows.length)).toBe(10);
    expect(await stage.axeFindings()).toEqual([]);
    await stage.screenshot("desktop-game-result");
    await stage.page.click(".game-result .action");
    expect(await stage.text(".game-place")).toBe("Image 1 of 10");
    expect(stage.seen.complaints).toEqual([]);
  });

  test("on a phone, an image of the game goes to the pad", async () => {
    await stage.open(PHONE);
    await stage.ready();
    await stage.page.$eval("#game", (section) => {
      section.scrollIntoView();
    });
    await stage.page.waitForSelector("#game .action");
    await stage.page.click("#game .action");
    await stage.page.waitForSelector(".game .choice");
    expect(await stage.smallTargets("#game button")).toEqual([]);
    expect(await stage.overflow()).toBe(0);
    await stage.page.click(".game .choice");
    await stage.page.waitForFunction(() => document.querySelector(".game-verdict")?.textContent !== "");
    await stage.screenshot("phone-game");
    await stage.page.click(".game-buttons .action:last-child");
    await stage.page.waitForFunction(() => document.querySelector(".pad-caption")?.textContent !== "");
    expect(await stage.text(".pad-caption")).toMatch(/^Test image \d+/);
    expect(await stage.page.$eval(".pad", (pad) => pad.getBoundingClientRect().top)).toBeLessThan(120);
  });
});

inChromium((stage) => {
  test.each(THEMES)("axe finds nothing at a stop in the %s theme", async (theme) => {
    await stage.open(PHONE, theme, "#tour/6");
    await stage.ready();
    await arrive(stage, 6);
    expect(await stage.axeFindings()).toEqual([]);
    expect(await stage.smallTargets(".tour-card :is(a, button)")).toEqual([]);
    await stage.screenshot(`phone-tour-${theme}`);
  });
});
