// Long computations in slices, so that the page goes on drawing.

/** Share of a frame's 16 ms; a single step of a generator may take a few more. */
const SLICE_MS = 6;

/** Run a generator to its end, a slice in each frame. @returns Null if the signal stopped it. */
export async function inSlices<T>(work: Generator<unknown, T>, signal: AbortSignal): Promise<T | null> {
  while (!signal.aborted) {
    const until = performance.now() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done === true) return value;
    } while (performance.now() < until);
    await new Promise((frame) => requestAnimationFrame(frame));
  }
  return null;
}
