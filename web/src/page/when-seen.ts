// Work that waits until it can be seen.

/**
 * @param delay How long after it was last asked for, in ms.
 * @returns A function that asks for the work: it is done once, and only when the element is in the window.
 */
export function whenSeen(element: Element, work: () => void, delay: number): () => void {
  let isSeen = false;
  let isDue = false;
  let timer = 0;
  const run = () => {
    if (!isSeen || !isDue) return;
    isDue = false;
    work();
  };
  new IntersectionObserver((entries) => {
    isSeen = entries.some(({ isIntersecting }) => isIntersecting);
    run();
  }).observe(element);
  return () => {
    isDue = true;
    clearTimeout(timer);
    timer = window.setTimeout(run, delay);
  };
}
