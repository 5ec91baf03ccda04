// Ten buttons, one for each class, are one stop of the Tab key: arrow keys move between them.
const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowLeft: -1,
  ArrowDown: 1,
  ArrowRight: 1,
};

const groups = new WeakSet<HTMLElement>();

/**
 * Make the buttons in `group` one stop of the Tab key: the pressed one, or the first one; later the
 * one that was last focused. Call it again after the group was filled again:
 *
 *     list.replaceChildren(...buttons);
 *     rove(list);
 */
export function rove(group: HTMLElement): void {
  const buttons = () => [...group.querySelectorAll<HTMLButtonElement>("button")];
  const stopAt = (stop: HTMLButtonElement | undefined) => {
    for (const button of buttons()) button.tabIndex = button === stop ? 0 : -1;
  };
  stopAt(
    buttons().find((button) => button.getAttribute("aria-pressed") === "true") ?? buttons()[0],
  );
  if (groups.has(group)) return;
  groups.add(group);
  group.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLButtonElement) stopAt(target);
  });
  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const all = buttons();
    const from = all.indexOf(document.activeElement as HTMLButtonElement);
    const next =
      { Home: all[0], End: all.at(-1) }[event.key] ?? all[from + (STEPS[event.key] ?? NaN)];
    if (!next) return;
    event.preventDefault(); // the page does not scroll
    next.focus();
  });
}
