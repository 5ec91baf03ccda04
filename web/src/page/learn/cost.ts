// What the steps did to other images: test images, answered with the weights before and now.
import type { Model } from "../../runtime/types.ts";
import { create, createButton, createHeader, setText } from "../dom.ts";
import { bytesOf, hasTestImages } from "../files.ts";
import { kilobytes, whole } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import { comparison } from "../tables.ts";
import type { Lesson } from "./lesson.ts";
import { differenceOf, readExamples, type Difference, type Example } from "./reference.ts";

export function createCost(model: Model) {
  const size = kilobytes(bytesOf(model, "reference", "reference_images"));
  const ask = createButton("action cost-ask", () => void load(), say.learn.cost.ask(size));
  const words = create("p", "cost-words");
  const state = create("div", "cost-state");
  for (const live of [words, state]) live.setAttribute("role", "status");
  const headings = say.learn.cost.columns.map((name) => createHeader("col", name));
  const table = comparison(say.learn.cost.caption, headings, []);
  const element = create("div", "cost", create("h3", "", say.learn.cost.title), ask, words, table, state);
  element.hidden = !hasTestImages(model);
  table.hidden = true;

  let lesson: Lesson | null = null;
  let examples: readonly Example[] | null = null;

  async function load(): Promise<void> {
    ask.hidden = true;
    state.replaceChildren(create("p", "", say.learn.cost.loading));
    try {
      examples = await readExamples(model);
      state.replaceChildren();
    } catch (error) {
      state.replaceChildren(failureNote(say.learn.cost.failed, error, () => void load()));
    }
    compare();
  }

  function compare(): void {
    if (!lesson || !examples) return;
    const difference = differenceOf(lesson.first, lesson.weights, examples);
    setText(words, lesson.steps === 0 ? say.learn.cost.step : verdictOf(difference));
    const rows = difference.classes.flatMap(({ images, before, now }, index) =>
      before === now
        ? []
        : create(
            "tr",
            now < before ? "worse" : "better",
            createHeader("row", model.labels[index] ?? ""),
            ...[images, before, now].map((n) => create("td", "", whole(n))),
          ),
    );
    table.hidden = rows.length === 0;
    table.tBodies[0]!.replaceChildren(...rows);
  }

  return {
    element,
    show(current: Lesson) {
      lesson = current;
      compare();
    },
  };
}

/** What came of it: nothing, better, worse, or both in equal number. */
export function verdictOf({ all: { images, before, now }, gained, lost }: Difference): string {
  const [of, was, is] = [whole(images), whole(before), whole(now)];
  if (gained === 0 && lost === 0) return say.learn.cost.same(of, was);
  if (now === before) return say.learn.cost.traded(of, was, whole(gained));
  return now < before ? say.learn.cost.worse(of, was, is) : say.learn.cost.better(of, was, is);
}
