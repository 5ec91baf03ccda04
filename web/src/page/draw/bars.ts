// One bar for each answer. Pressing it explains its class in all stops, until it is pressed again
// or the pad is cleared.
import { create, createButton, find, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { rove } from "../roving.ts";
import { pick, type Store } from "../state.ts";

export function mountBars(root: ParentNode, store: Store): void {
  const list = find(root, ".bars");
  let bars: {
    readonly button: HTMLButtonElement;
    readonly fill: HTMLElement;
    readonly value: HTMLElement;
  }[] = [];

  store.watch(["model"], ({ model }) => {
    const labels = model?.labels ?? [];
    list.hidden = model === null;
    bars = labels.map((label, index) => {
      const fill = create("span", "bar-fill");
      const value = create("span", "bar-value number");
      const name = create("span", "bar-label", label);
      const button = createButton(
        "bar",
        pick.bind(null, store, index),
        name,
        create("span", "bar-track", fill),
        value,
      );
      return { button, fill, value };
    });
    list.replaceChildren(...bars.map(({ button }) => create("li", "", button)));
    rove(list);
    const longest = Math.max(1, ...labels.map((label) => label.length));
    list.classList.toggle("long", longest > 3);
    list.style.setProperty("--label-width", `${Math.min(longest, 12)}ch`);
    list.style.setProperty("--half", String(Math.max(1, Math.ceil(labels.length / 2))));
  });

  store.watch(["model", "prediction"], ({ prediction, trust }) => {
    const isDoubtful = Boolean(trust?.doubt); // then no bar says that it is the answer
    list.classList.toggle("doubtful", isDoubtful);
    for (const [index, { button, fill, value }] of bars.entries()) {
      const share = prediction?.probabilities[index];
      button.classList.toggle("winner", !isDoubtful && index === prediction?.labelIndex);
      fill.style.setProperty("--share", String(share ?? 0));
      setText(value, share === undefined || isDoubtful ? "" : percent(share));
      value.classList.toggle("none", value.textContent === percent(0));
    }
  });

  store.watch(["model", "picked"], ({ picked }) => {
    for (const [index, { button }] of bars.entries())
      button.setAttribute("aria-pressed", String(index === picked));
    if (picked !== null) rove(list);
  });
}
