// After every test: nothing stands in for a global any more, the clock is the machine's, and no
// function is spied on.
import { afterEach, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.restoreAllMocks();
});
