// The own model's answers to the drawing on the pad. Pressing a class adds the drawing to it.
import { create, createButton, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import type { Classes } from "./classes.ts";

export function createAnswers(onAdd: (index: number) => void) {
  const list = create("ol", "own-answers");
  let rows: readonly ReturnType<typeof createRow>[] = [];

  return {
    element: list,
    /** @param shares For each class; null for one that the model does not know yet. */
    show(classes: Classes, shares: readonly (number | null)[]) {
      if (classes.length !== rows.length) {
        rows = classes.map((_, index) => createRow(onAdd.bind(null, index)));
        list.replaceChildren(...rows.map(({ button }) => create("li", "", button)));
      }
      const known = shares.filter((share) => share !== null);
      for (const [index, { button, name, fill, value }] of rows.entries()) {
        const share = shares[index] ?? null;
        setText(name, classes[index]?.name ?? "");
        button.classList.toggle("winner", share !== null && share === Math.max(...known));
        fill.style.setProperty("--share", String(share ?? 0));
        setText(value, share === null ? "" : percent(share));
      }
    },
  };
}

function createRow(onPress: () => void) {
  const name = create("span", "own-name");
  const fill = create("span", "bar-fill");
  const track = create("span", "bar-track", fill);
  const value = create("span", "bar-value");
  const plus = create("span", "own-plus", "+");
  for (const part of [track, value, plus]) part.setAttribute("aria-hidden", "true"); // announced when drawing pauses
  const button = createButton(
    "own-answer",
    onPress,
    name,
    create("span", "unseen", `: ${say.own.answers.add}`),
    track,
    value,
    plus,
  );
  return { button, name, fill, value };
}
