// A number line on which every class has a handle at its value.
import { create } from "../dom.ts";
import { signed } from "../format.ts";
import { digitsOf } from "../ticks.ts";
import { createHandle } from "./handle.ts";
import { leftOf, rowsOf, shareOf, type Domain } from "./line-layout.ts";

/** Handles side by side keep this distance, in CSS pixels. */
const GAP = 4;
/** So many classes have a handle: those with the highest values, and the one that is explained. More would hide the line. */
const MOST = 30;

export interface LineValues {
  readonly domain: Domain;
  readonly values: ArrayLike<number>;
  /** Where they were before the visitor moved them. */
  readonly before: ArrayLike<number>;
  readonly shown: number;
  readonly answer: number;
  /** Accessible text of a handle's value. */
  readonly says: (index: number) => string;
}

export interface LineEvents {
  /** Accessible name of a handle. */
  readonly name: (label: string) => string;
  readonly move: (index: number, value: number) => void;
  /** A pointer has taken a handle, and has let it go. */
  readonly grab: (index: number) => void;
  readonly drop: () => void;
}

/** A class on the line: its handle, the stem up to its value, and a mark where it was before. */
interface Peg {
  readonly handle: HTMLElement;
  readonly stem: HTMLElement;
  readonly ghost: HTMLElement;
}

export function createLine(labels: readonly string[], events: LineEvents) {
  let now: LineValues | null = null;
  let held: number | null = null;
  // Measured when the size changes, not when a value does.
  let length = 0;
  let widths: readonly number[] = [];

  const pegs = labels.map((label, index): Peg => {
    const handle = createHandle(label, events.name(label), {
      standing: () => ({ domain: now!.domain, value: now!.values[index]!, length }),
      move: (value) => {
        events.move(index, value);
      },
      grab: () => {
        held = index;
        events.grab(index);
      },
      drop: () => {
        held = null;
        place();
        events.drop();
      },
    });
    return { handle, stem: create("span", "stem"), ghost: create("span", "ghost") };
  });
  const ruler = create("div", ""); // as long as the line, and never higher
  const axis = create("div", "line-axis");
  axis.setAttribute("aria-hidden", "true");
  const rows = create(
    "div",
    "line-rows",
    ...pegs.map(({ stem }) => stem), // below the handles that they pass
    ...pegs.flatMap(({ ghost, handle }) => [ghost, handle]),
  );

  function place(): void {
    if (!now || length === 0) return;
    const { domain, values, before } = now;
    for (const [index, { stem, ghost }] of pegs.entries()) {
      stem.style.setProperty("--at", String(shareOf(domain, values[index]!)));
      ghost.style.setProperty("--at", String(shareOf(domain, before[index]!)));
      ghost.hidden = !isMoved(now, index);
    }
    if (held === null) placeAll(now);
    // While a handle is held, the others stay where they are.
    else moveTo(held, leftOf(length * shareOf(domain, values[held]!), widths[held]!, length));
  }

  function placeAll(now: LineValues): void {
    const visible = visibleOf(now);
    const centres = visible.map((index) => length * shareOf(now.domain, now.values[index]!));
    const breadths = visible.map((index) => widths[index]!);
    const places = rowsOf(centres, breadths, length, GAP);
    rows.style.setProperty("--rows", String(Math.max(...places.map(({ row }) => row)) + 1));
    for (const [index, { handle, stem, ghost }] of pegs.entries()) {
      const { left, row } = places[visible.indexOf(index)] ?? {};
      for (const part of [handle, stem, ghost]) part.classList.toggle("spare", left === undefined);
      if (left === undefined) continue;
      moveTo(index, left);
      for (const part of [handle, stem]) part.style.setProperty("--row", String(row));
    }
  }

  function moveTo(index: number, left: number): void {
    pegs[index]!.handle.style.setProperty("--left", `${left}px`);
  }

  function measure(): void {
    length = ruler.clientWidth;
    widths = pegs.map(({ handle }) => handle.offsetWidth);
  }

  const element = create("div", "line", ruler, axis, rows);
  element.dir = "ltr"; // as numbers are
  new ResizeObserver(() => {
    // In the next frame: what grows while sizes are being observed is reported as an error.
    requestAnimationFrame(() => {
      measure();
      place();
    });
  }).observe(ruler);
  return {
    element,
    handles: pegs.map(({ handle }) => handle),
    show(next: LineValues) {
      if (now?.domain.ticks.join() !== next.domain.ticks.join()) drawAxis(axis, next.domain);
      now = next;
      for (const [index, { handle }] of pegs.entries()) describe(handle, next, index);
      if (length === 0) measure();
      place();
    },
  };
}

const isMoved = ({ values, before }: LineValues, index: number) => Math.abs(values[index]! - before[index]!) > 1e-9;

function visibleOf({ values, shown }: LineValues): readonly number[] {
  const order = [...Array.from(values).keys()].sort((a, b) => values[b]! - values[a]!);
  return order.filter((index, rank) => rank < MOST || index === shown);
}

/** Only the handle of the class that is explained is a stop of the Tab key. */
function describe(handle: HTMLElement, now: LineValues, index: number): void {
  const { domain, values, shown, answer, says } = now;
  handle.tabIndex = index === shown ? 0 : -1;
  handle.setAttribute("aria-valuemin", String(domain.low));
  handle.setAttribute("aria-valuemax", String(domain.high));
  handle.setAttribute("aria-valuenow", String(Number(values[index]!.toPrecision(6))));
  handle.setAttribute("aria-valuetext", says(index));
  handle.classList.toggle("shown", index === shown);
  handle.classList.toggle("winner", index === answer);
  handle.classList.toggle("moved", isMoved(now, index));
}

function drawAxis(axis: HTMLElement, domain: Domain): void {
  const digits = digitsOf(domain.ticks);
  axis.replaceChildren(
    ...domain.ticks.map((tick) => {
      const mark = create("span", tick === 0 ? "tick zero" : "tick", create("span", "", signed(tick, digits)));
      mark.style.setProperty("--at", String(shareOf(domain, tick)));
      return mark;
    }),
  );
}
