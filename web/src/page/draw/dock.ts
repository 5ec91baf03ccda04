// Keeps the drawing and its answer in sight: while the stops are read, the stage is in the rail,
// beside them on a wide window and at the lower edge of a narrow one, where the pad is too small to
// draw on until it is pressed.
import { find } from "../dom.ts";

/**
 * The stage leaves a hero that ends above both. The first one alone would be too low in a picture
 * of the whole page.
 */
const LINES = ["-45%", "-320px"];

export function mountDock(root: ParentNode): void {
  const hero = find(root, ".hero");
  const stage = find(hero, ".stage");
  const place = stage.nextElementSibling;
  const rail = find(root, ".rail");
  const grow = find(stage, ".grow", HTMLButtonElement);
  const wrong = find(stage, ".wrong", HTMLDetailsElement);
  const open = (isOpen: boolean) => {
    stage.classList.toggle("open", isOpen);
    grow.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) wrong.open = false; // there is room for one of the two
  };
  wrong.addEventListener("toggle", () => {
    if (wrong.open) open(false);
  });

  const paper = matchMedia("print");
  const past = LINES.map(() => false);
  const dock = () => {
    const isDocked = past.every(Boolean) && !paper.matches;
    if (isDocked === rail.contains(stage)) return;
    const focused = stage.contains(document.activeElement)
      ? (document.activeElement as HTMLElement)
      : null;
    hero.style.minHeight = isDocked ? `${hero.offsetHeight}px` : ""; // nothing below moves
    if (isDocked) rail.append(stage);
    else hero.insertBefore(stage, place);
    grow.hidden = !isDocked;
    open(false);
    focused?.focus({ preventScroll: true });
  };
  for (const [index, line] of LINES.entries()) {
    const passing = new IntersectionObserver(
      (entries) => {
        const own = entries.filter(({ target }) => target === hero).at(-1);
        if (own) past[index] = !own.isIntersecting;
        dock();
        // They would cover the next stop.
        if (!rail.contains(stage) || entries.every(({ isIntersecting }) => isIntersecting)) return;
        wrong.open = false;
        open(false);
      },
      { rootMargin: `${line} 0px 0px 0px` },
    );
    for (const part of [hero, ...root.querySelectorAll(".stop")]) passing.observe(part);
  }
  paper.addEventListener("change", dock);

  grow.addEventListener("click", () => {
    open(!stage.classList.contains("open"));
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !stage.contains(target)) open(false);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") open(false);
  });
}
