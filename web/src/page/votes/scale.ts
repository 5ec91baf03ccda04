// The votes fall from their picture onto a scale: those for from the left, those against back from
// their end, then the bias, then a mark at the score. All of it is painted on one canvas over the
// figure.
import { onThemeChange } from "../colours.ts";
import { context2d, create } from "../dom.ts";
import type { Sum } from "../explain.ts";
import type { Size } from "../pixels.ts";
import { largestOf } from "../subject.ts";
import { layVotes, type Block } from "./blocks.ts";

/**
 * How long one vote falls, and how much later the weakest one starts than the strongest; those for
 * start later.
 */
const [FLIGHT_MS, SPREAD_MS, LATER_MS] = [900, 1300, 400];
const BIAS_MS = FLIGHT_MS + SPREAD_MS + LATER_MS;
const END_MS = BIAS_MS + 200;
/** How far the canvas reaches beyond the figure, in CSS pixels: a mark may be at its edge. */
const MARGIN = 8;
/** Heights: of a bar, of the space below it, of the bias. */
const [BAR, GAP, BIAS] = [40, 4, 16];

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const mix = (from: number, to: number, share: number) => from + (to - from) * share;

/** Between two boxes: eased across, down ever faster. */
function between(a: Box, b: Box, share: number): Box {
  const [across, down] = [share * share * (3 - 2 * share), share ** 1.6];
  return {
    x: mix(a.x, b.x, across),
    y: mix(a.y, b.y, down),
    width: mix(a.width, b.width, share),
    height: mix(a.height, b.height, share),
  };
}

/**
 * @param stage Contains the picture and the scale.
 * @param picture The frame of the picture of the votes.
 */
export function createScale(stage: HTMLElement, picture: HTMLElement, image: Size) {
  const element = create("div", "scale");
  const canvas = create("canvas", "fall");
  canvas.setAttribute("aria-hidden", "true"); // the sum below says it
  stage.append(element, canvas);
  const context = context2d(canvas);
  let sum: Sum | null = null;
  let blocks: readonly Block[] = [];
  let pixel = 0;
  let boxes: { readonly picture: Box; readonly scale: Box } | null = null;
  let animation = 0;

  const rest = () => {
    cancelAnimationFrame(animation);
    animation = 0;
    paint(END_MS);
  };
  onThemeChange(canvas, rest);
  const measure = () => {
    const origin = stage.getBoundingClientRect();
    const boxOf = (of: HTMLElement): Box => {
      const { left, top, width, height } = of.getBoundingClientRect();
      return { x: left - origin.left, y: top - origin.top, width, height };
    };
    boxes = { picture: boxOf(picture), scale: boxOf(element) };
    canvas.width = (origin.width + 2 * MARGIN) * devicePixelRatio;
    canvas.height = origin.height * devicePixelRatio;
    rest();
  };
  // In the next frame: what grows while sizes are being observed is reported as an error.
  new ResizeObserver(() => requestAnimationFrame(measure)).observe(stage);

  /** @param time In milliseconds from the beginning of the fall. */
  function paint(time: number): void {
    if (!sum || !boxes) return;
    const { picture, scale } = boxes;
    const { votes, positive, negative, score } = sum;
    const style = getComputedStyle(canvas);
    const ends = [0, positive, positive + negative, score];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const at = (value: number) => scale.x + (scale.width * (value - low)) / (high - low || 1);
    const barOf = (from: number, to: number, y: number, height: number): Box => {
      const [a, b] = [at(Math.min(from, to)), at(Math.max(from, to))];
      return { x: a, y: scale.y + y, width: b - a, height };
    };
    const fill = ({ x, y, width, height }: Box, name: string, alpha = 1) => {
      context.globalAlpha = alpha;
      context.fillStyle = style.getPropertyValue(`--${name}`);
      context.fillRect(x, y, width, height);
    };
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, MARGIN * devicePixelRatio, 0);
    context.clearRect(-MARGIN, 0, canvas.width, canvas.height);
    if (time < END_MS) {
      fill(barOf(0, positive, 0, BAR), "for", 0.12);
      fill(barOf(positive, positive + negative, BAR + GAP, BAR), "against", 0.12);
    }

    const most = largestOf(votes) || 1;
    const side = { width: picture.width / image.width, height: picture.height / image.height };
    for (const { pixel: of, isFor, from, to, rank } of blocks) {
      const share = (time - SPREAD_MS * rank - (isFor ? LATER_MS : 0)) / FLIGHT_MS;
      if (share <= 0) continue; // it is in its picture
      const column = of % image.width;
      const row = (of - column) / image.width;
      const start = {
        x: picture.x + column * side.width,
        y: picture.y + row * side.height,
        ...side,
      };
      const end = barOf(from, to, isFor ? 0 : BAR + GAP, BAR);
      const box = share < 1 ? between(start, end, share) : end;
      const gap = Math.min(1, box.width / 4);
      fill(
        { ...box, width: box.width - gap },
        isFor ? "for" : "against",
        0.35 + 0.65 * Math.sqrt(Math.abs(votes[of]!) / most),
      );
      if (of !== pixel || time < END_MS) continue;
      // as around it in the pictures
      fill({ x: box.x - 3, y: box.y - 9, width: box.width + 5, height: 9 }, "ink");
      fill({ x: box.x - 1, y: box.y - 7, width: box.width + 1, height: 5 }, "mark");
    }

    const zero = { x: at(0) - 1, y: scale.y - 8, width: 2, height: scale.height + 16 };
    fill(zero, "ink");
    if (time >= BIAS_MS) fill(barOf(positive + negative, score, 2 * (BAR + GAP), BIAS), "ink");
    if (time < END_MS) return;
    fill({ ...zero, x: at(score) - 1 }, "ink");
    for (const [radius, name] of [
      [6, "ink"],
      [4, "mark"],
    ] as const) {
      context.fillStyle = style.getPropertyValue(`--${name}`);
      context.beginPath();
      context.arc(at(score), scale.y + scale.height + 8, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }

  return {
    /** Let them fall, but for those who want less motion. */
    play: () => {
      cancelAnimationFrame(animation);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
      let began: number | null = null;
      const step = (now: number) => {
        began ??= now;
        if (now - began >= END_MS) rest();
        else {
          paint(now - began);
          animation = requestAnimationFrame(step);
        }
      };
      animation = requestAnimationFrame(step);
    },
    /** @param at The chosen pixel: its block is marked. */
    show(next: Sum, at: number) {
      [sum, pixel] = [next, at];
      blocks = layVotes(next.votes);
      rest();
    },
    point(at: number) {
      pixel = at;
      if (animation === 0) rest();
    },
  };
}
