// A slider without a track of its own: it is moved along a line by the pointer, or by the arrow keys while it has the focus.
import { create } from "../dom.ts";
import { stepsOf, type Domain } from "./line-layout.ts";

/** Where it stands now. */
export interface Standing {
  readonly domain: Domain;
  readonly value: number;
  /** Length of the line, in CSS pixels. */
  readonly length: number;
}

export interface HandleEvents {
  readonly standing: () => Standing;
  readonly move: (value: number) => void;
  /** A pointer takes it, and lets it go. */
  readonly grab: () => void;
  readonly drop: () => void;
}

/** The value after a key press; null: the key has no effect. */
export function keyed({ domain, value }: Pick<Standing, "domain" | "value">, key: string): number | null {
  const { small, large } = stepsOf(domain);
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: value + small,
    ArrowUp: value + small,
    ArrowLeft: value - small,
    ArrowDown: value - small,
    PageUp: value + large,
    PageDown: value - large,
    Home: domain.low,
    End: domain.high,
  };
  const target = Object.hasOwn(targets, key) ? targets[key]! : null;
  return target === null ? null : Math.max(domain.low, Math.min(domain.high, target));
}

export function createHandle(label: string, name: string, events: HandleEvents): HTMLElement {
  const handle = create("div", "handle", create("span", "", label));
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", name);

  handle.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = keyed(events.standing(), event.key);
    if (value === null) return;
    event.preventDefault(); // no scrolling
    events.move(value);
  });

  let held: { readonly x: number; readonly from: Standing } | null = null;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    handle.setPointerCapture(event.pointerId);
    held = { x: event.clientX, from: events.standing() };
    events.grab();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { domain, value, length } = held.from;
    const moved = value + ((event.clientX - held.x) / length) * (domain.high - domain.low);
    events.move(Math.max(domain.low, Math.min(domain.high, moved)));
  });
  handle.addEventListener("lostpointercapture", () => {
    held = null;
    events.drop();
  });
  return handle;
}
