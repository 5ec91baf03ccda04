// A number line on which every class has a tag at its score: a slider that is moved by the pointer,
// or by the arrow keys.
import { create, setText } from "../dom.ts";
import { signed } from "../format.ts";
import { say } from "../language.ts";
import { ranking } from "../subject.ts";
import { digitsOf, dragged, keyed, leftOf, rowsOf, shareOf, type Domain } from "./line-layout.ts";

/** Tags side by side keep this distance, in CSS pixels. */
const GAP = 4;
/** So many classes have a tag: those with the highest scores. More would hide the line. */
const MOST = 30;
/** A finger that moves less, in CSS pixels, presses. */
const SLOP = 4;

export interface Line {
  readonly domain: Domain;
  readonly scores: readonly number[];
  readonly marked: number | null;
  /**
   * The scores are those of something on the pad: of nothing, they are too close to one another to
   * say how many rows there will be.
   */
  readonly isRead: boolean;
  readonly isMoved: (index: number) => boolean;
  /** Accessible text of a score. */
  readonly says: (index: number) => string;
}

export interface TagEvents {
  readonly move: (index: number, score: number) => void;
  /** A pointer has pressed a tag without moving it. */
  readonly press: (index: number) => void;
  readonly drop: () => void;
}

export function createTags(labels: readonly string[], { move, press, drop }: TagEvents) {
  let now: Line | null = null;
  let held: { readonly index: number; readonly x: number; readonly from: number } | null = null;
  // Measured when the size changes, not when a score does.
  let length = 0;
  let widths: readonly number[] = [];
  let rows = 1; // never fewer than there were: nothing below moves up and down

  const pegs = labels.map((label, index) => {
    const number = create("small", "");
    const tag = create("div", "tag", create("span", "", label), number);
    tag.tabIndex = 0;
    tag.setAttribute("role", "slider");
    tag.setAttribute("aria-label", say.percent.scoreOf(label));
    tag.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const score = keyed(now!.domain, now!.scores[index]!, event.key);
      if (score === null) return;
      event.preventDefault(); // no scrolling
      move(index, score);
    });
    tag.addEventListener("pointerdown", ({ button, pointerId, clientX }) => {
      if (button !== 0) return;
      tag.setPointerCapture(pointerId);
      held = { index, x: clientX, from: now!.scores[index]! };
    });
    tag.addEventListener("pointermove", ({ clientX }) => {
      const by = clientX - (held?.x ?? clientX);
      if (held && Math.abs(by) > SLOP) move(index, dragged(now!.domain, held.from, by / length));
    });
    tag.addEventListener("pointerup", () => {
      if (held?.from === now!.scores[index]) press(index);
    });
    tag.addEventListener("lostpointercapture", () => {
      held = null;
      place();
      drop();
    });
    return { tag, number, stem: create("span", "stem") };
  });
  const axis = create("div", "axis");
  axis.setAttribute("aria-hidden", "true");
  const stems = pegs.map(({ stem }) => stem); // below the tags that they pass
  const element = create("div", "tags", ...stems, axis, ...pegs.map(({ tag }) => tag));
  element.dir = "ltr"; // as numbers are

  function place(): void {
    if (!now || length === 0) return;
    const { domain, scores } = now;
    const centreOf = (index: number) => length * shareOf(domain, scores[index]!);
    for (const [index, { stem }] of pegs.entries()) stem.style.left = `${centreOf(index)}px`;
    if (held) {
      // The others stay where they are.
      const { index } = held;
      pegs[index]!.tag.style.left = `${leftOf(centreOf(index), widths[index]!, length)}px`;
      return;
    }
    const order = [...ranking(scores)];
    for (const index of order.splice(MOST))
      pegs[index]!.tag.hidden = pegs[index]!.stem.hidden = true;
    const breadths = order.map((index) => widths[index]!);
    for (const [rank, { left, row }] of rowsOf(
      order.map(centreOf),
      breadths,
      length,
      GAP,
    ).entries()) {
      const { tag, stem } = pegs[order[rank]!]!;
      tag.hidden = stem.hidden = false;
      tag.style.left = `${left}px`;
      for (const part of [tag, stem]) part.style.setProperty("--row", String(row));
      rows = Math.max(rows, row + 1);
    }
    element.style.setProperty("--rows", String(rows));
  }

  function measure(): void {
    if (element.clientWidth !== length) rows = 1;
    length = element.clientWidth;
    widths = pegs.map(({ tag }) => tag.offsetWidth || Infinity);
  }
  new ResizeObserver(() => {
    // In the next frame: what grows while sizes are being observed is reported as an error.
    requestAnimationFrame(() => {
      measure();
      place();
    });
  }).observe(axis);

  return {
    element,
    show(next: Line) {
      const { domain, scores, marked, isMoved, says } = next;
      if (now?.domain !== domain) drawAxis(axis, domain);
      if (!now?.isRead) rows = 1;
      now = next;
      for (const [index, { tag, number }] of pegs.entries()) {
        setText(number, signed(scores[index]!, 1));
        tag.setAttribute("aria-valuemin", String(domain.low));
        tag.setAttribute("aria-valuemax", String(domain.high));
        tag.setAttribute("aria-valuenow", String(Number(scores[index]!.toPrecision(6))));
        tag.setAttribute("aria-valuetext", says(index));
        tag.classList.toggle("shown", index === marked);
        tag.classList.toggle("moved", isMoved(index));
      }
      if (length === 0) measure();
      place();
    },
  };
}

function drawAxis(axis: HTMLElement, domain: Domain): void {
  const digits = digitsOf(domain.ticks);
  // The ends of the line: a number there would stick out of a phone.
  const marks = domain.ticks.slice(1, -1).map((tick) => {
    const mark = create("span", "", signed(tick, digits));
    mark.style.left = `${100 * shareOf(domain, tick)}%`;
    return mark;
  });
  axis.replaceChildren(...marks);
}
