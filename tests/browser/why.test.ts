// Why this answer, and the weights as they formed.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asPage } from "./browser.ts";
import { DIGITS, draw, finger, mouse } from "./hand.ts";
import { DESKTOP, inEveryBrowser, manifestOf, PHONE, SITE, SMALLEST, THEMES, type Stage } from "./scenario.ts";

/** A number as the page writes it. */
const number = (text: string) => Number(text.replace("\u2212", "-"));
const read = async (stage: Stage, selector: string) => number(await stage.text(selector));
const choice = (index: number) => `.reason .choice:nth-child(${String(index + 1)})`;

/** All pixels of the templates, one after the other. */
const templates = (stage: Stage) =>
  stage.page.$$eval(".template canvas", (canvases) => canvases.map((canvas) => canvas.toDataURL()).join("\n"));

const epochIs = (stage: Stage, epoch: number) =>
  stage.page.waitForFunction(
    (start: string) => {
      const [epoch, ...facts] = document.querySelectorAll(".epoch-facts dd");
      const isKnown = facts.some(({ textContent }) => textContent !== "\u2013");
      return isKnown && epoch?.textContent.startsWith(start);
    },
    {},
    `${String(epoch)}\u00a0`,
  );

inEveryBrowser((stage) => {
  test("for every answer of every linear model, the products and the bias add up to the score that the softmax uses", async () => {
    const { names } = await manifestOf();
    for (const name of names) {
      const { manifest } = await manifestOf(name);
      if (!manifest.linear) continue; // has no such sum
      await stage.open(DESKTOP, "light", `?model=${name}`);
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      const { bars } = await stage.answer();
      await stage.panel("why");
      // In one go: ten classes of each model, with as many pictures and numbers each.
      const sums = await stage.page.$$eval(".reason .choice", (choices) =>
        choices.map((choice) => {
          if (choice.getAttribute("aria-pressed") === "false") (choice as HTMLElement).click(); // picked
          const text = (selector: string) => document.querySelector(`.ledger ${selector}`)?.textContent ?? "";
          const numbers = ["for", "against", "bias", "score", "logit"].map((part) =>
            Number(text(`.sum-${part}`).replace("\u2212", "-")),
          );
          return { caption: text("caption"), numbers };
        }),
      );
      expect(sums).toHaveLength(manifest.labels.length);
      const logits = sums.map(({ caption, numbers }, index) => {
        expect(caption).toContain(manifest.labels[index]);
        const [plus, minus, bias, score, logit] = numbers as [...[number, number, number, number, number]];
        // Four numbers rounded to 0.00001.
        expect(Math.abs(plus + minus + bias - score)).toBeLessThanOrEqual(2.1e-5);
        // Two such, and the model's float32, which keeps 24 bits.
        expect(Math.abs(score - logit)).toBeLessThanOrEqual(1.1e-5 + Math.abs(score) * 2 ** -24);
        return logit;
      });
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      for (const [index, { percent }] of bars.entries()) {
        const share = (100 * Math.exp(logits[index]!)) / total;
        expect(Math.abs(share - percent!)).toBeLessThan(0.051); // rounded to 0.1
      }
      const stated = /difference of all \d+ scores: ([\d.]+)\./.exec(await stage.text(".ledger .note"));
      expect(Number(stated?.[1])).toBeLessThanOrEqual(Math.max(...logits.map(Math.abs)) * 2 ** -23);
    }
    expect(stage.seen.complaints).toEqual([]);
  });

  test("a pixel tells its own product, under the mouse and by the arrow keys", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.panel("why");
    const readout = async () => {
      const text = await stage.text(".readout");
      const found = /^Row (\d+), column (\d+): ink ([\d.]+), times weight (\S+), is (\S+)$/.exec(text);
      if (!found) throw new Error(`No product in: ${text}`);
      const [row, column, ink, weight, product] = found.slice(1).map(number);
      return {
        ...{ row: row!, column: column!, ink: ink! },
        ...{ weight: weight!, product: product! },
      };
    };
    // The strongest pixel of all, when the picture gets the focus.
    await stage.page.focus(".product .frame");
    const first = await readout();
    const exact = ({ ink, weight, product }: typeof first) =>
      Math.abs(ink * weight - product) <= 0.0005 * Math.abs(weight) + 0.00005 * ink + 0.000051; // rounded to three and four digits
    expect(exact(first)).toBe(true);
    const high = await stage.text(".equation .legend-high");
    expect(Math.abs(first.product)).toBeLessThanOrEqual(number(high) + 0.005);
    // Its piece of the bar is marked, and as long a part of it as the product is of the sum.
    const side = first.product > 0 ? "plus" : "minus";
    const share = await stage.page.evaluate((side: string) => {
      const track = document.querySelector(`.sum-bar.${side}`)!.parentElement!;
      const part = (selector: string) =>
        Number(track.querySelector<HTMLElement>(selector)!.style.getPropertyValue("--length"));
      return part(".sum-piece") / part(".sum-bar");
    }, side);
    const sum = await read(stage, side === "plus" ? ".sum-for" : ".sum-against");
    expect(share).toBeCloseTo(first.product / sum, 3);

    const top = await stage.page.evaluate(() => scrollY);
    await stage.page.keyboard.press("ArrowDown");
    const { row, column } = await readout();
    expect([row, column]).toEqual([first.row + 1, first.column]);
    await stage.page.keyboard.press("ArrowUp");
    await stage.page.keyboard.press("ArrowRight");
    await stage.page.keyboard.press("ArrowLeft");
    expect(await readout()).toEqual(first);
    expect(await stage.page.evaluate(() => scrollY)).toBe(top);
    for (let step = 0; step < 30; step++) await stage.page.keyboard.press("ArrowLeft");
    expect(await stage.text(".readout")).toMatch(
      new RegExp(`^Row ${String(first.row)}, column 1: no ink, so its weight, \\S+, has no effect$`),
    );
    await stage.page.focus(".answer");
    expect(await stage.text(".readout")).toMatch(/^Point at a pixel/);

    // By mouse, on the ink of the picture of the input.
    await stage.page.$eval(".equation", (equation) => {
      equation.scrollIntoView({ block: "center" });
    });
    const box = await (await stage.page.$(".equation figure:first-child .frame"))?.boundingBox();
    if (!box) throw new Error("The picture of the input is not visible.");
    await stage.page.mouse.move(
      box.x + ((first.column - 0.5) / 28) * box.width,
      box.y + ((first.row - 0.5) / 28) * box.height,
    );
    expect(await readout()).toEqual(first);
    expect(
      await stage.page.$$eval(".pixel-cursor", (cursors) => cursors.every((cursor) => cursor.checkVisibility())),
    ).toBe(true);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("what a finger touched stays readable", async ({ skip }) => {
    if (stage.browser.noTouch !== null) return skip(stage.browser.noTouch);
    await stage.open(PHONE);
    await stage.ready();
    await draw(stage.page, finger(stage.page), DIGITS["0"]);
    await stage.panel("why");
    await stage.page.$eval(".product .frame", (frame) => {
      frame.scrollIntoView({ block: "center" });
    });
    const box = await (await stage.page.$(".product .frame"))?.boundingBox();
    if (!box) throw new Error("The picture of products is not visible.");
    await stage.page.touchscreen.touchStart(box.x + box.width / 2, box.y + box.height / 2);
    await stage.page.touchscreen.touchEnd();
    expect(await stage.text(".readout")).toMatch(/^Row 1\d, column 1\d: /);
  });

  test("any class can be asked about, in step with the bars and the weights", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.panel("why");
    expect(await stage.text(".why-lead")).toMatch(/^Why 3\? .*highest score/);
    expect(await stage.text(".versus h3")).toMatch(/^Why 3 and not \d\?$/);
    await stage.page.click(choice(8));
    await stage.page.mouse.move(1, 1);
    await stage.page.focus(".product .frame");
    expect(await stage.text(".why-lead")).toMatch(/^Why not 8\? .*less than 3/);
    expect(await stage.text(".versus h3")).toBe("Why 3 and not 8?");
    expect(await stage.text('.bar[aria-pressed="true"] .bar-label')).toBe("8");
    expect(await stage.text(".shares tr.shown th")).toBe("8");

    expect(
      await stage.page.$$eval(".versus tbody th", (heads) => heads.slice(0, 2).map((head) => head.innerText)),
    ).toEqual(["pixels that favour 3 over 8", "pixels that favour 8 over 3"]);
    const [ours, theirs, bias, lead] = await Promise.all(
      ["answer", "rival", "bias", "lead"].map((part) => read(stage, `.lead-${part}`)),
    );
    expect(Math.abs(ours! + theirs! + bias! - lead!)).toBeLessThan(0.021); // four numbers rounded to 0.01
    const score = (index: number) => read(stage, `.shares tbody tr:nth-child(${String(index + 1)}) td`);
    expect(Math.abs((await score(3)) - (await score(8)) - lead!)).toBeLessThan(0.016); // three such

    await stage.page.click(".bars li:nth-child(9) .bar"); // unpicked, with the pointer and the focus still on it
    await stage.panel("why");
    expect(await stage.text(".why-lead")).toMatch(/^Why 3\?/);
    expect(await stage.page.$('.bar[aria-pressed="true"]')).toBeNull();
    await stage.page.mouse.move(1, 1);
    await stage.page.focus(".bars li:nth-child(6) .bar");
    await stage.panel("why");
    expect(await stage.text(".reason .choice.shown")).toBe("5");
    expect(stage.seen.complaints).toEqual([]);
  });

  test("what was picked for one drawing is not kept for the next", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    const pressed = () => stage.page.$$eval('[aria-pressed="true"]', (all) => all.length);
    for (const [digit, asked] of [
      ["3", 5],
      ["7", 7],
      ["0", null],
    ] as const) {
      await stage.page.evaluate(() => {
        scrollTo(0, 0);
      });
      await draw(stage.page, mouse(stage.page), DIGITS[digit]);
      await stage.panel("why");
      expect(await stage.text(".why-question")).toBe(`Why ${digit}?`);
      expect(await pressed()).toBe(0);
      if (asked === null) continue;
      await stage.page.click(`.bars li:nth-child(${String(asked + 1)}) .bar`);
      await stage.panel("why");
      expect(await pressed()).toBe(2); // its bar, and its button below
      await stage.page.click(".clear");
    }
  });

  test("the drawing is laid over the weights, and taken away", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["0"]);
    const outlines = async () => {
      await stage.nextFrame();
      const paths = await stage.page.$$eval(".template path", (paths) =>
        paths.map((path) => path.getAttribute("d") ?? ""),
      );
      return [...new Set(paths)];
    };
    expect(await outlines()).toEqual([""]);
    await stage.page.click(".overlay");
    const [outline, ...others] = await outlines();
    expect(outline).toMatch(/^M\d+ \d+h\d+/);
    expect(others).toEqual([]);
    await stage.page.click(".clear");
    expect(await outlines()).toEqual([""]);
    await stage.page.click(".undo");
    expect(await outlines()).toEqual([outline]);
    await stage.page.click(".overlay");
    expect(await outlines()).toEqual([""]);
  });

  test("the weights form from where they began, with what was recorded of each epoch", async () => {
    const { manifest } = await manifestOf();
    const folder = join(SITE, "models", manifest.name, manifest.version);
    const { epochs } = JSON.parse(await readFile(join(folder, "history.json"), "utf8")) as {
      epochs: { loss: number | null; validation_accuracy: number | null }[];
    };
    await stage.open(DESKTOP);
    await stage.ready();
    const trained = await templates(stage);
    const height = () => stage.page.$eval(".epoch-facts", (facts) => facts.clientHeight);
    const before = await height();
    const asked = () => stage.seen.requests.filter((url) => url.endsWith("snapshots.bin")).length;
    expect(asked()).toBe(0);
    await stage.page.focus(".epoch");
    await epochIs(stage, epochs.length - 1);
    expect(asked()).toBeGreaterThan(0); // the service worker may ask for a copy of its own
    expect(await templates(stage)).toBe(trained);

    await stage.page.keyboard.press("Home");
    await epochIs(stage, 0);
    expect(await height()).toBe(before); // nothing below it moves
    const start = await templates(stage);
    expect(start).not.toBe(trained);
    await stage.page.keyboard.press("ArrowRight");
    await epochIs(stage, 1);
    expect(await templates(stage)).not.toBe(start);
    const facts = await stage.page.$$eval(".epoch-facts dd", (facts) => facts.map((fact) => fact.textContent));
    expect(facts[1]).toBe(epochs[1]?.loss?.toFixed(3));
    const held = epochs[1]?.validation_accuracy;
    if (held != null) expect(facts[4]).toBe(`${(100 * held).toFixed(1)}\u00a0%`);
    expect(await stage.page.$eval(".epoch", (slider) => slider.getAttribute("aria-valuetext"))).toContain(
      `training loss ${facts[1]!}`,
    );

    await stage.page.keyboard.press("End");
    await epochIs(stage, epochs.length - 1);
    expect(await templates(stage)).toBe(trained);
    expect(stage.seen.complaints).toEqual([]);
  });

  test("epochs that cannot be had are said to be missing, and can be asked for again", async () => {
    stage.host.tamper = (path, body) => {
      if (path.endsWith("snapshots.bin")) body[1000] = (body[1000] ?? 0) ^ 1;
      return body;
    };
    await stage.open(DESKTOP);
    await stage.ready();
    const trained = await templates(stage);
    await stage.page.focus(".epoch");
    await stage.page.waitForSelector(".epochs .retry");
    expect(await stage.text(".epochs-state details p")).toContain("SHA-256");
    await stage.page.keyboard.press("Home");
    expect(await templates(stage)).toBe(trained); // nothing that was not published is shown
    const { manifest } = (await manifestOf()) as unknown as {
      manifest: { training: { epochs: number } };
    };
    const { epochs } = manifest.training;
    expect(await stage.text(".epoch-facts dd")).toBe(`${String(epochs)}\u00a0of ${String(epochs)}`);
    stage.host.tamper = (_, body) => body;
    await stage.page.click(".epochs .retry");
    await epochIs(stage, epochs);
    expect(await stage.text(".epochs-state")).toBe("");
    await stage.page.keyboard.press("Home");
    await epochIs(stage, 0);
    expect(await templates(stage)).not.toBe(trained);
  });

  test("the epochs play, and stop when asked", async () => {
    await stage.open(DESKTOP);
    await stage.ready();
    await stage.page.click(".play");
    await epochIs(stage, 2);
    expect(await stage.text(".play")).toBe("Pause");
    await stage.page.click(".play");
    expect(await stage.text(".play")).toBe("Play");
    const facts = await stage.text(".epoch-facts");
    await new Promise((done) => setTimeout(done, 1000)); // more than two epochs
    expect(await stage.text(".epoch-facts")).toBe(facts);
  });

  test.each(THEMES)("axe finds nothing in the %s theme while a pixel is read and an epoch shown", async (theme) => {
    await stage.open(DESKTOP, theme);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.panel("why");
    await stage.page.click(choice(8));
    await stage.page.click(".overlay");
    await stage.page.focus(".epoch");
    await stage.page.keyboard.press("Home");
    await epochIs(stage, 0);
    await stage.page.focus(".product .frame");
    expect(await stage.axeFindings()).toEqual([]);
    await stage.screenshot(`why-desktop-${theme}`, true);
  });

  test("the smallest phone shows all of it without scrolling sideways", async () => {
    await stage.open(SMALLEST);
    await stage.ready();
    await draw(stage.page, mouse(stage.page), DIGITS["3"]);
    await stage.panel("why");
    await stage.page.focus(".epoch");
    await stage.page.keyboard.press("Home");
    await epochIs(stage, 0);
    expect(await stage.overflow()).toBe(0);
    const low = await stage.page.$$eval("input", (inputs) =>
      inputs.map((input) => input.getBoundingClientRect().height).filter((height) => height > 0 && height < 43.5),
    );
    expect(low).toEqual([]);
  });
});

inEveryBrowser(
  (stage) => {
    test("who asked for less motion goes through the epochs one by one", async () => {
      const page = asPage(stage.page);
      await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
      await stage.open(DESKTOP);
      await stage.ready();
      expect(await stage.text(".play")).toBe("Next epoch");
      await page.click(".play");
      await epochIs(stage, 0);
      await new Promise((done) => setTimeout(done, 1000)); // more than two epochs, were it playing
      await epochIs(stage, 0);
      await page.click(".play");
      await epochIs(stage, 1);
    });
  },
  { only: ["chromium"] }, // the others' protocols cannot emulate it
);
