// Recall and precision of each class.
import type { Metrics } from "../../runtime/manifest.ts";
import { create } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { part, type Part } from "./part.ts";
import { scroller, table } from "../tables.ts";

/** The classes with the lowest recall; several if they are equal, none if all classes are. */
export function worstClasses(classes: Metrics["per_class"]): readonly string[] {
  const recalls = classes.map(({ recall }) => recall);
  const lowest = Math.min(...recalls);
  if (lowest === Math.max(...recalls)) return [];
  return classes.filter(({ recall }) => recall === lowest).map(({ label }) => label);
}

export const recall: Part = ({ manifest: { metrics } }) => {
  if (!metrics || metrics.per_class.length === 0) return null;
  const words = say.quality.recall;
  const classes = metrics.per_class;
  const worst = worstClasses(classes);
  // The bars do not start at 0: between 93 and 98 %, no difference would be visible.
  const floor = Math.max(0, Math.floor(Math.min(...classes.map((one) => one.recall)) * 20 - 1) / 20);
  const rows = classes.map(({ label, recall, precision, support }) => {
    const fill = create("span", "bar-fill");
    fill.style.setProperty("--share", String((recall - floor) / (1 - floor)));
    const isWorst = worst.includes(label);
    const number = create("span", "", percent(recall), ...(isWorst ? [create("em", "worst", ` ${words.worst}`)] : []));
    const bar = create("span", "recall-share", create("span", "bar-track", fill), number);
    return [label, bar, precision === null ? "–" : percent(precision), whole(support)];
  });
  const figures = table(words.caption, words.columns, rows);
  figures.classList.add("recall");
  return part(
    words.title,
    "half",
    create("p", "explains", words.explains(percent(floor, 0))),
    scroller(words.title, figures),
  );
};
