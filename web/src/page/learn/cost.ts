// The effect of the lesson on other drawings: test images, classified with the weights before and now.
import type { Model } from "../../runtime/types.ts";
import { create, createHeader, setText } from "../dom.ts";
import { hasTestImages } from "../files.ts";
import { whole } from "../format.ts";
import { failureNote } from "../loading.ts";
import type { Lesson } from "./lesson.ts";
import { readExamples, rightOf, type Example } from "./reference.ts";

export interface Cost {
  readonly element: HTMLElement;
  readonly show: (lesson: Lesson) => void;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export function createCost(model: Model): Cost {
  const words = create("p", "cost-words");
  const state = create("div", "cost-state");
  state.setAttribute("role", "status");
  const body = create("tbody", "");
  const headings = ["answer", "images", "correct before", "correct now"].map((name) => createHeader("col", name));
  const caption = create("caption", "unseen", "Test images answered correctly, before the lesson and now");
  const table = create("table", "", caption, create("thead", "", create("tr", "", ...headings)), body);
  table.hidden = true;
  const element = create("div", "cost", create("h3", "", "What it costs"), words, table, state);
  element.hidden = !hasTestImages(model);

  let lesson: Lesson | null = null;
  let examples: readonly Example[] | null = null;
  let loading = false;

  async function load(): Promise<void> {
    if (loading) return;
    loading = true;
    state.replaceChildren(create("p", "", "Loading test images…"));
    try {
      examples = await readExamples(model);
      state.replaceChildren();
    } catch (error) {
      state.replaceChildren(failureNote("The test images could not be loaded.", error, () => void load()));
    }
    loading = false;
    compare();
  }

  function compare(): void {
    table.hidden = !examples || !lesson || lesson.steps === 0;
    if (!lesson || lesson.steps === 0) {
      setText(words, "Take a step to see here how learning one drawing affects the answers for others.");
      return;
    }
    if (!examples) return;
    const [before, now] = [rightOf(lesson.first, examples), rightOf(lesson.weights, examples)];
    setText(
      words,
      `Of ${whole(examples.length)} test images, none of which was used in training, ${sum(before)} were answered correctly ` +
        `before the lesson, and ${sum(now)} are now. That is why training takes small steps, over all images in turn.`,
    );
    body.replaceChildren(
      ...model.labels.map((label, index) => {
        const count = examples?.filter((example) => example.label === index).length ?? 0;
        const cells = [count, before[index] ?? 0, now[index] ?? 0].map((n) => create("td", "", whole(n)));
        const changed = (now[index] ?? 0) - (before[index] ?? 0);
        return create("tr", changed < 0 ? "worse" : changed > 0 ? "better" : "", createHeader("row", label), ...cells);
      }),
    );
  }

  return {
    element,
    show(current) {
      lesson = current;
      if (element.hidden) return;
      if (!examples && lesson.steps > 0 && !state.querySelector("button")) void load();
      compare();
    },
  };
}
