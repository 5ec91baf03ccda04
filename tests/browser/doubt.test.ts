// When to doubt: the stop of the page; and the element, which tells how often such answers of the
// published model are right, or that the drawing is unlike all that it knows. Tested in the frame,
// which needs no page of another host.
import { expect, test } from "vitest";
import type { Evaluation, Familiarity } from "../../web/src/runtime/schema.ts";
import { deep, inChromium, published, type Stage, until } from "./scenario.ts";

async function open(stage: Stage, language = "en"): Promise<void> {
  await stage.page.goto(
    `${stage.host.url}frame.html?src=models/mnist-softmax/latest.json&lang=${language}`,
  );
  await stage.until(() => Boolean(document.querySelector("sketch-classifier")?.model));
}

inChromium((stage) => {
  const text = (selector: string) =>
    stage.page.evaluate(
      (selector: string) =>
        document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(selector)
          ?.textContent ?? "",
      selector,
    );
  const fetched = () => stage.seen.requests.filter((url) => url.includes("/familiar."));

  test("it says so below the answer, and aloud, once it has fetched what that takes", async () => {
    await open(stage);
    expect(fetched()).toEqual([]);
    await stage.draw("W", deep(".canvas"));
    await expect.poll(() => text(".confidence")).toBe("This does not look like any digit I know");
    await expect
      .poll(() => text(".spoken"))
      .toMatch(/^\d, .*%\. This does not look like any digit I know$/);
    expect(fetched()).toHaveLength(2);
    await stage.page.evaluate(() => {
      document.querySelector("sketch-classifier")!.clear();
    });
    await expect.poll(() => text(".confidence")).toBe("");
    await stage.draw("3", deep(".canvas"));
    await until(async () => (await text(".headline")).startsWith("3, "));
    await expect
      .poll(() => text(".confidence"))
      .toMatch(/^If it is a digit, it is right \d+ times in \d+$/);
    const spare = await stage.page.$eval("sketch-classifier", ({ style, shadowRoot }) => {
      style.width = "420px"; // as narrow as two columns are
      const [line, label] = [".confidence", ".label"].map((part) =>
        shadowRoot!.querySelector(part)!,
      );
      const below = label!.getBoundingClientRect().top - line!.getBoundingClientRect().bottom;
      return [
        below,
        line!.clientWidth - line!.scrollWidth,
        line!.clientHeight - line!.scrollHeight,
      ];
    });
    expect(Math.min(...spare)).toBeGreaterThanOrEqual(0);

    expect(await text(".over")).toBe("");
    stage.mayComplain = /renewed by 2020-02-29/;
    stage.host.changeJson(
      /latest\.json$/,
      (pointer) => (pointer["expires"] = "2020-02-29T00:00:00Z"),
    );
    await open(stage, "de"); // in the language of the page
    await stage.draw("W", deep(".canvas"));
    await expect.poll(() => text(".confidence")).toBe("Das ist keine Ziffer, die ich kenne");
    expect(await text(".over")).toBe(
      "Vielleicht veraltet: Bis 2020-02-29 sollte es erneuert werden.",
    );
    expect(stage.seen.complaints).toEqual([expect.stringMatching(/renewed by 2020-02-29/)]);
  });

  const cards = () => stage.texts(".cards .card");

  test("a card puts a thing on the pad, and the answer turns to “?”; so do drawings that people made", async () => {
    await stage.open({ panel: "doubt", digit: "3" });
    await stage.says(".cards .card", /^\dUmbrella/); // which the rule misses
    const [flagged, right] = await stage.texts(".units b");
    const { signs, drawings } = published("familiar.json") as Familiarity;
    expect(flagged).toBe(`${signs.flagged} of ${signs.images}`);
    expect(right).toBe(`${drawings.flagged} of ${drawings.images}`);
    const glyphs = (await cards()).map(([glyph]) => glyph!);
    expect(glyphs.filter((glyph) => glyph === "?")).not.toEqual([]);
    for (const [index, card] of (await cards()).entries()) {
      await stage.press(`.cards li:nth-child(${index + 1}) .card`);
      const closest = /The model: (.+),/.exec(card)![1]!;
      const isDoubted = glyphs[index] === "?";
      await stage.says(".glyph", isDoubted ? "?" : closest);
      await stage.says(
        ".words",
        isDoubted ? new RegExp(`^Closest to ${closest},`) : /If it is a digit, it is right/,
      );
    }
    const shown = (published("evaluation.json") as Evaluation).misread_drawings!;
    const kinds = new Set(shown.map(({ label, predicted }) => `${label}, read as ${predicted}`));
    expect(await stage.texts(".misread .card")).toEqual([...kinds].slice(0, 6)); // one of each
    await stage.press(".misread .card");
    await stage.says(".words", new RegExp(`%|Closest to ${shown[0]!.predicted}`));
  });

  test("three drawings that get no “?” are a card with a link, which shows them to others", async () => {
    await stage.open({ panel: "doubt" });
    const press = () => stage.press(".fool .primary");
    await press(); // the page's own example is nobody's
    await stage.says(".fool [role=status]", /^Draw something that is not a digit/);
    for (const [count, drawn] of (["angle", "7", "W", "4"] as const).entries()) {
      await stage.scrollTo("body");
      await stage.press(".clear");
      await stage.drawDigit(drawn);
      await expect.poll(() => stage.hash()).toMatch(/^#drawing=/);
      await stage.panel("doubt");
      await press();
      await stage.says(
        ".fool [role=status]",
        drawn === "W" ? /^It noticed/ : `${Math.min(count + 1, 3)} of 3 got past it.`,
      );
    }
    const claims = await stage.texts(".fool .card");
    expect(claims).toHaveLength(3);
    const link = await stage.text(".fool code");
    await stage.page.goto("about:blank");
    await stage.page.goto(link);
    await expect.poll(() => stage.texts(".fool .card")).toEqual(claims);
  });

  test("without a rule for what is unlike, it says what the model claims, and nothing about “?”", async () => {
    stage.host.changeJson(/mnist-softmax\/.*manifest\.json$/, (manifest) => {
      const files = Object.entries(manifest["files"] as object);
      manifest["files"] = Object.fromEntries(
        files.filter(([name]) => !name.startsWith("familiar")),
      );
    });
    await stage.open({ panel: "doubt", digit: "3" });
    await stage.says(".cards .card", /^UmbrellaThe model: \d,/);
    expect(await stage.isShown("[data-say='doubt.rule']")).toBe(false);
    expect(await stage.page.$("#doubt :is(.units, .card-glyph)")).toBeNull();
  });
});
