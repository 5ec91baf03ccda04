// The shares before the lesson and now, and what the last step went by: how far each share was from the truth.
import { create, createHeader, setText } from "../dom.ts";
import { percent, signed } from "../format.ts";
import { say } from "../language.ts";
import { comparison } from "../tables.ts";
import { answersOf, type Lesson } from "./lesson.ts";

export function createTable(labels: readonly string[]) {
  const words = say.learn.answers;
  const rows = labels.map((label) => {
    const [before, now] = [create("span", "bar-fill before"), create("span", "bar-fill now")];
    const cells = [create("td", ""), create("td", "now"), create("td", "")];
    const bars = create("td", "share-bar", create("span", "bar-track", before), create("span", "bar-track", now));
    return { row: create("tr", "", createHeader("row", label), bars, ...cells), before, now, cells };
  });
  const headings = [
    createHeader("col", create("span", "unseen", words.answer)),
    create("td", ""),
    createHeader("col", words.before),
    createHeader("col", words.now),
    createHeader("col", create("i", "", "p"), " − ", create("i", "", "y"), create("small", "", words.used)),
  ];
  const element = comparison(
    words.caption,
    headings,
    rows.map(({ row }) => row),
  );

  return {
    element,
    show(lesson: Lesson) {
      const answers = answersOf(lesson);
      for (const [index, { row, before, now, cells }] of rows.entries()) {
        const [was, is] = [answers?.before[index] ?? 0, answers?.now[index] ?? 0];
        before.style.setProperty("--share", String(was));
        now.style.setProperty("--share", String(is));
        const error = lesson.last?.error[index];
        const texts = answers ? [percent(was), percent(is), error === undefined ? null : signed(error, 3)] : [];
        for (const [place, cell] of cells.entries()) setText(cell, texts[place] ?? "–");
        row.classList.toggle("truth", index === lesson.truth);
      }
    },
  };
}
