import { beforeEach, expect, test, vi } from "vitest";
import { Store } from "./state.ts";
import { watchVisible } from "./visible.ts";

const section = { hidden: false } as HTMLElement;
let scroll: (isIntersecting: boolean) => void;
let print: () => void;
let store: Store;
let seen: string[];

beforeEach(() => {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(callback: (entries: readonly { isIntersecting: boolean }[]) => void) {
        scroll = (isIntersecting) => {
          callback([{ isIntersecting }]);
        };
      }
      observe = () => undefined;
    },
  );
  vi.stubGlobal("matchMedia", () => ({
    addEventListener: (_: string, listener: () => void) => (print = listener),
  }));
  section.hidden = false;
  store = new Store();
  seen = [];
  watchVisible(store, section, ["note"], ({ note }) => seen.push(note));
});

test("off screen, changes wait until the section comes back, and then only the last one counts", () => {
  store.update({ note: "a" });
  scroll(false);
  store.update({ note: "b" });
  store.update({ note: "c" });
  expect(seen).toEqual(["", "a"]);
  scroll(true);
  expect(seen).toEqual(["", "a", "c"]);
  scroll(false);
  scroll(true); // nothing has changed
  expect(seen).toEqual(["", "a", "c"]);
});

test("a printed page is up to date, and a hidden section follows: its listener may show it", () => {
  scroll(false);
  store.update({ note: "a" });
  print();
  expect(seen).toEqual(["", "a"]);
  section.hidden = true;
  scroll(false);
  store.update({ note: "a" });
  expect(seen).toEqual(["", "a"]);
});
