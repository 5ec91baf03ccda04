// What each of the seven stops shows of what readers really draw: clear digits, a misread one, what
// is no digit, and nothing.
import { beforeEach, expect, test } from "vitest";
import {
  ALL,
  DESKTOP,
  inChromiumAlone,
  number,
  PHONE,
  type Stage,
  type Written,
} from "./scenario.ts";

const STOPS = ["gets", "votes", "percent", "mind", "learning", "doubt"];
const CLEAR: readonly Written[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Put it on the pad, and wait until every stop shows it. */
async function draw(stage: Stage, what: Written | null): Promise<void> {
  await stage.scrollTo("body");
  await stage.press(".clear");
  if (what) await stage.drawDigit(what);
  for (const stop of STOPS) await stage.panel(stop);
  await stage.nextFrame();
}

/**
 * What the stops say: the answer, as each of them names it, and the figures that could be empty.
 */
async function told(stage: Stage) {
  const found = await stage.page.evaluate(() => {
    const text = (selector: string) => document.querySelector(selector)?.textContent ?? "";
    const shown = (selector: string) =>
      document.querySelector(selector)?.checkVisibility() ?? false;
    return {
      answer: text(".glyph"),
      votes: {
        answer: text(".equation figure:nth-of-type(2) figcaption span").slice(-1),
        sum: text(".sum"),
      },
      percent: {
        gap: shown(".gap") ? text(".gap") : "",
        note: text("#percent .note"),
        slices: text(".slice.shown b"),
      },
      mind: {
        title: text("#mind h2"),
        why: shown(".mind-why h3") ? text(".mind-why h3") : "",
        told: text(".mind-readout"),
      },
      erase: text("#mind .primary"),
      learning: {
        said: text(".learning-said"),
        error: text(".learning-error b"),
        of: text(".learning-step .choice.shown"),
      },
      cards: document.querySelectorAll("#doubt .cards .card").length,
    };
  });
  const ink = await stage.colours(".lens canvas");
  return { ...found, ink };
}

inChromiumAlone((stage) => {
  beforeEach(() => {
    stage.mayComplain = /willReadFrequently/; // of the test itself, which reads canvases back
  });

  for (const { name, viewport, digits } of [
    { name: "desktop", viewport: DESKTOP, digits: CLEAR },
    { name: "phone", viewport: PHONE, digits: ALL ? CLEAR : CLEAR.slice(0, 2) },
  ])
    test(`each stop shows something of each clear digit, and none contradicts another, on a ${name}`, async () => {
      await stage.open({ viewport });
      for (const digit of digits) {
        await draw(stage, digit);
        const { answer, ink, votes, percent, mind, erase, learning, cards } = await told(stage);
        expect({ digit, answer }).toEqual({ digit, answer: digit });
        expect(ink).toBeGreaterThan(10); // colours: the strokes are there
        expect(votes.answer).toBe(digit);
        expect(votes.sum).toMatch(/for − .* against .* = score /);
        expect(percent.slices).toBe(digit);
        expect(percent.gap).toMatch(
          new RegExp(`^${digit} is [\\d.]+ points ahead of \\d: about [\\d.,]+ times as tall$`),
        );
        // The number of pixels is the same in the heading, in the sentence and on the button.
        const pixels = number(mind.title);
        expect(pixels).toBeGreaterThan(0);
        expect(mind.title).toMatch(/^\d+ pixels? changes? its mind$/);
        expect(mind.told).toContain(
          pixels === 1 ? "the marked pixel" : `the ${pixels} marked pixels`,
        );
        expect(number(erase.replace("Erase ", ""))).toBe(pixels);
        expect(mind.why).toMatch(new RegExp(`^Why ${digit} and not \\d$`));
        // A lesson has an error to learn from: of another digit than the answer.
        expect(learning.said).toMatch(new RegExp(`^It says ${digit}, >?[\\d.]+\\s%\\.$`));
        expect(learning.of).not.toBe(digit);
        expect(number(learning.error)).toBeGreaterThan(0.5);
        expect(cards).toBe(3);
      }
    });

  test("of what is no digit no stop claims anything, and without a drawing each says what to do", async () => {
    await stage.open();
    await draw(stage, "W");
    const doubtful = await told(stage);
    expect(doubtful.answer).toBe("?");
    expect(doubtful.ink).toBeGreaterThan(10);
    expect(doubtful.percent.slices).toBe("");
    expect(doubtful.mind.title).toBe("A few pixels change its mind");
    expect(doubtful.mind.told).toMatch(/^Closest to /);
    expect(doubtful.learning.said).toBe("");
    expect(await stage.texts(".stops .shown")).toEqual([doubtful.learning.of]);

    await draw(stage, null);
    const empty = await told(stage);
    expect(empty.answer).toBe("");
    expect(empty.ink).toBe(1); // paper
    expect(empty.percent.note).toBe("Even blank paper gets scores: the biases.");
    expect(empty.mind.title).toBe("A few pixels change its mind");
    expect(empty.mind.told).toBe("Draw something, and see here how few pixels decide.");
    expect(empty.learning.said).toBe("Draw something, and see here what one step changes.");
    expect(empty.cards).toBe(3);
  });

  test("a misread digit: pressing what was drawn shows the same pair in all stops", async () => {
    await stage.open();
    await draw(stage, "angle");
    const { answer } = await told(stage);
    const truth = answer === "1" ? "7" : "1";
    await stage.press(`.bars li:nth-child(${Number(truth) + 1}) .bar`);
    for (const stop of STOPS) await stage.panel(stop);
    const { votes, percent, mind, learning } = await told(stage);
    expect(votes.answer).toBe(truth);
    expect(percent.gap).toMatch(new RegExp(`^${answer} is [\\d.]+ points ahead of ${truth}:`));
    expect(mind.why).toBe(`Why ${answer} and not ${truth}`);
    expect(learning.of).toBe(truth);
  });
});
