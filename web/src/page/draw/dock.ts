// Keeps the drawing and its answer in sight: while the stops are read, the stage is in the rail, beside them on a wide window and
// at the lower edge of a narrow one, where the pad is too small to draw on until it is pressed.
import { find } from "../dom.ts";

/** The stage leaves the hero when that ends above this part of the window, as CSS writes it. */
const LINE = "-45%";

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
  let isPast = false;
  const dock = () => {
    const isDocked = isPast && !paper.matches;
    if (isDocked === rail.contains(stage)) return;
    const focused = stage.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    hero.style.minHeight = isDocked ? `${hero.offsetHeight}px` : ""; // nothing below moves
    if (isDocked) rail.append(stage);
    else hero.insertBefore(stage, place);
    grow.hidden = !isDocked;
    open(false);
    focused?.focus({ preventScroll: true });
  };
  const passing = new IntersectionObserver(
    (entries) => {
      const own = entries.filter(({ target }) => target === hero).at(-1);
      if (own) isPast = !own.isIntersecting;
      if (entries.some(({ isIntersecting }) => !isIntersecting)) wrong.open = false; // it would cover the next stop
      dock();
    },
    { rootMargin: `${LINE} 0px 0px 0px` },
  );
  for (const part of [hero, ...root.querySelectorAll(".stop")]) passing.observe(part);
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
