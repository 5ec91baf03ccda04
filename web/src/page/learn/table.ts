// The probabilities before the lesson and now, and the difference of each from the truth.
import { create, createHeader, setText } from "../dom.ts";
import { percent, signed } from "../format.ts";
import type { Answers } from "./lesson.ts";

export interface AnswerTable {
  readonly element: HTMLElement;
  readonly show: (answers: Answers | null, truth: number | null) => void;
}

export function createTable(labels: readonly string[]): AnswerTable {
  const rows = labels.map((label) => {
    const [before, now] = [create("span", "bar-fill before"), create("span", "bar-fill now")];
    const cells = [create("td", ""), create("td", "now"), create("td", "")];
    const bars = create("td", "share-bar", create("span", "bar-track", before), create("span", "bar-track", now));
    return { row: create("tr", "", createHeader("row", label), bars, ...cells), before, now, cells };
  });
  const numbers = ["before", "now, p", "p − y"].map((name) => createHeader("col", name));
  const headings = [createHeader("col", create("span", "unseen", "answer")), create("td", ""), ...numbers];
  const body = create("tbody", "", ...rows.map(({ row }) => row));
  const caption = create("caption", "unseen", "Probability of each answer, before the lesson and now");
  const element = create("table", "", caption, create("thead", "", create("tr", "", ...headings)), body);

  return {
    element,
    show(answers, truth) {
      for (const [index, { row, before, now, cells }] of rows.entries()) {
        const [was, is] = [answers?.before[index] ?? 0, answers?.now[index] ?? 0];
        before.style.setProperty("--share", String(was));
        now.style.setProperty("--share", String(is));
        const error = answers?.error?.[index];
        const texts = [percent(was), percent(is), error === undefined ? null : signed(error, 3)];
        for (const [place, cell] of cells.entries()) {
          setText(cell, answers ? (texts[place] ?? "\u2013") : "\u2013");
        }
        row.classList.toggle("truth", index === truth);
      }
    },
  };
}
