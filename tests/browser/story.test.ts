// The drawing that stays in sight while the stops are read, and the help with a wrong answer.
import type { SerializedAXNode } from "puppeteer-core";
import { expect, test } from "vitest";
import {
  DESKTOP,
  inChromiumAlone,
  inEveryBrowser,
  type Path,
  PHONE,
  SMALLEST,
  type Stage,
  until,
} from "./scenario.ts";

const isDocked = (stage: Stage) =>
  stage.page.$eval(".stage", (element) => element.parentElement?.className === "rail");
const reaches = (stage: Stage, docked: boolean) =>
  until(async () => (await isDocked(stage)) === docked);

inEveryBrowser((stage) => {
  test("beside the stops the drawing stays in sight, and can be changed there; on the way back it is large again", async () => {
    await stage.open({ digit: "3" });
    const large = (await stage.boxOf(".pad")).width;
    await stage.scrollTo("#doubt");
    await reaches(stage, true);
    const pad = await stage.boxOf(".pad");
    expect([pad.top >= 0, pad.bottom <= 800, pad.width < large]).toEqual([true, true, true]);
    await stage.says(".glyph", "3");
    await stage.page.click(".clear");
    await stage.draw("7");
    await stage.says(".glyph", "7");
    await stage.scrollTo("body");
    await reaches(stage, false);
    expect((await stage.boxOf(".pad")).width).toBe(large);
    await stage.says(".glyph", "7");
  });

  test("a stop that one looks at stays where it is while those around it are filled", async () => {
    // WebKit holds nothing, so there all depends on the place that is kept; its windows are no
    // phone's.
    for (const viewport of stage.browser === "chromium" ? [DESKTOP, PHONE] : [DESKTOP]) {
      await stage.open({ viewport });
      await stage.scrollTo("#mind");
      const { top } = await stage.boxOf("#mind h2");
      for (const id of ["percent", "mind", "learning"]) await stage.appears(`#${id}.filled`);
      await stage.nextFrame();
      expect(Math.abs((await stage.boxOf("#mind h2")).top - top)).toBeLessThan(1);
    }
  });
});

/** A 1 with a long flag: it reads another answer, which straightening has brought about or not. */
const FLAG: Path[] = [
  [
    [0.3, 0.45],
    [0.55, 0.12],
    [0.55, 0.88],
  ],
];

/** Buttons that a press at their left edge or centre does not reach. */
const missed = (buttons: Element[]) =>
  buttons.flatMap((button) => {
    const { left, top, width, height } = button.getBoundingClientRect();
    const isHit = (x: number) =>
      button.contains(document.elementFromPoint(left + x, top + height / 2));
    return !button.checkVisibility() || [4, width / 2].every(isHit) ? [] : button.className;
  });

// Fingers, and the accessibility of a sheet, are Chromium's.
inChromiumAlone((stage) => {
  test("on a phone the pad is a sheet that a press opens; Escape and a press elsewhere close it", async () => {
    const finger = stage.page.touchscreen;
    for (const query of ["", "?lang=de"]) {
      await stage.open({ digit: "3", query, viewport: SMALLEST });
      await stage.page.evaluate("scrollTo(0, 80)");
      for (const part of ["summary", ".choice:nth-child(9)"])
        await stage.page.tap(`.wrong ${part}`);
      await stage.says(".blame"); // what opened has pushed the next stop out of the window
      await stage.scrollTo("#gets");
      await reaches(stage, true);
      expect(Math.round((await stage.boxOf(".rail")).bottom)).toBe(SMALLEST.height);
      expect(await stage.isShown(".rail .clear")).toBe(false);
      await stage.page.tap(".grow");
      await stage.shows(".rail .clear");
      expect(await stage.axeFindings(".rail")).toEqual([]);
      expect(await stage.page.$$eval(".rail :is(button, summary)", missed)).toEqual([]);
      const pad = await stage.boxOf(".pad");
      const stays = async () => {
        expect(await stage.boxOf(".pad")).toEqual(pad);
      };
      for (const what of ["0", "W"] as const) {
        await stage.page.tap(".clear");
        await stage.draw(what, undefined, {
          touchStart: (x, y) => finger.touchStart(x, y),
          touchMove: (x, y) => finger.touchMove(x, y).then(stays),
          touchEnd: () => finger.touchEnd(),
        });
        await stage.says(".glyph", what === "W" ? "?" : what).then(stays);
        expect(
          await stage.page.$eval(".answer", (box) => box.scrollHeight - box.clientHeight),
        ).toBe(0);
      }
    }
    await stage.page.tap(".wrong summary"); // there is room for one of the two
    await until(async () => !(await stage.isShown(".rail .clear")));
    await stage.page.tap(".grow");
    await stage.shows(".rail .clear");
    expect(await stage.isShown(".choices")).toBe(false);
    await stage.page.keyboard.press("Escape");
    await until(async () => !(await stage.isShown(".rail .clear")));
    await stage.page.tap(".grow");
    await stage.page.tap("#gets h2");
    await until(async () => !(await stage.isShown(".rail .clear")));
    expect(await stage.overflow()).toBe(0);
  });

  test("a screen reader finds the headings and figures of all stops, also of those that are out of sight", async () => {
    const all = (node: SerializedAXNode): SerializedAXNode[] => [
      node,
      ...(node.children ?? []).flatMap(all),
    ];
    const isFound = async () => {
      const found = all((await stage.page.accessibility.snapshot({ interestingOnly: false }))!);
      const titles = await stage.texts(".stop h2");
      const named = (role: RegExp) =>
        found.filter((node) => role.test(node.role) && titles.includes(node.name ?? ""));
      for (const role of [/heading/, /figure|image/])
        expect(named(role).map(({ name }) => name)).toEqual(titles);
    };
    // what is skipped before a screen reader is there is no part of its tree
    await stage.open({ digit: "3" });
    for (const id of ["gets", "votes", "mind", "doubt"]) await stage.panel(id);
    await stage.appears("#doubt .cards");
    await stage.appears("#votes.seen");
    await isFound();
    await stage.page.goto("about:blank");
    await stage.open();
    await isFound();
  });

  test("the keys that print have every stop filled first, also unscrolled", async () => {
    await stage.open({ digit: "3" });
    await stage.page.evaluate(() => {
      globalThis.print = () => {
        const filled = document.querySelectorAll(".stop.filled").length;
        document.body.dataset["printed"] = String(filled);
      };
    });
    await stage.page.keyboard.down("Control");
    await stage.page.keyboard.press("p");
    await stage.page.keyboard.up("Control");
    await until(async () => {
      const printed = await stage.page.$eval("body", (body) => body.dataset["printed"]);
      return printed === "6";
    });
    expect(await stage.page.$$(".stop .poster")).toEqual([]);
  });

  test("on paper and in a picture of the page each stop has a figure, unscrolled; the drawing is back at the top", async () => {
    await stage.open({ digit: "3" });
    const figures = await stage.page.$$eval(".stop > .poster, .filled > div", (all) =>
      all.map((figure) => figure.getBoundingClientRect().height > 200),
    );
    expect(figures).toEqual(Array(6).fill(true));
    await stage.scrollTo("#doubt");
    await reaches(stage, true);
    await stage.page.emulateMediaType("print");
    await reaches(stage, false);
    expect([await stage.isShown(".bar"), await stage.isShown(".hero .actions button")]).toEqual([
      true,
      false,
    ]);
  });

  test("Wrong? One press tells what pulled the answer away; the right one is only confirmed; a new stroke ends it", async () => {
    await stage.open();
    expect(await stage.isShown(".wrong")).toBe(false); // nobody has drawn yet
    await stage.drawDigit("7");
    await stage.press(".wrong summary");
    await stage.press(".wrong .choice:nth-child(8)");
    await stage.says(".blame", /^That is what it reads, too\./);
    await stage.press(".wrong .choice:nth-child(4)");
    await stage.says(".blame", /(cost you the 3|speaks for 3|no 3 written like this)/);
    expect(await stage.axeFindings(".answer")).toEqual([]);
    await stage.press(".blame a");
    expect(await stage.page.$eval(".wrong", (box) => (box as HTMLDetailsElement).open)).toBe(false);
    await stage.scrollTo(".pad");
    // Not a mouse click: the pad may still be on its way out of the rail, which hides the button.
    await stage.press(".clear");
    await stage.draw(FLAG);
    await stage.says(".glyph");
    expect(await stage.page.$eval(".wrong", (box) => (box as HTMLDetailsElement).open)).toBe(false);
  });
});
