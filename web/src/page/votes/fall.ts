// The products fall from their picture into the two bars: once, in less than a second, and only where motion is welcome.
import { context2d, create } from "../dom.ts";
import type { Size } from "../pixels.ts";

/** How long one product falls, and how much later the weakest one starts than the strongest. */
const FALL_MS = 600;
const SPREAD_MS = 350;

/** Where a product belongs. */
export interface Piece {
  readonly pixel: number;
  /** The bar's track, and the part of its width that the piece takes up. */
  readonly track: HTMLElement;
  readonly from: number;
  readonly to: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Fall {
  /**
   * @param products Contains the canvas with a pixel for each product.
   * @param pieces The strongest first.
   */
  readonly start: (products: HTMLElement, size: Size, pieces: readonly Piece[]) => void;
  readonly stop: () => void;
}

/** Between two boxes: sideways at once, down ever faster. */
function between(a: Box, b: Box, share: number): Box {
  const mix = (from: number, to: number, part: number) => from + (to - from) * part;
  const [slow, fast] = [share ** 2, 1 - (1 - share) ** 2];
  return {
    x: mix(a.x, b.x, fast),
    y: mix(a.y, b.y, slow),
    width: mix(a.width, b.width, fast),
    height: mix(a.height, b.height, fast),
  };
}

interface Flight {
  /** Place of the product in its picture. */
  readonly column: number;
  readonly row: number;
  readonly delay: number;
  readonly start: Box;
  readonly end: Box;
}

/** Everything is measured once, before the first of them moves; in CSS pixels from the top left of `origin`. */
function flightsOf(origin: DOMRect, products: HTMLElement, size: Size, pieces: readonly Piece[]): readonly Flight[] {
  const boxOf = (element: HTMLElement): Box => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left - origin.left, y: top - origin.top, width, height };
  };
  const picture = boxOf(products);
  const pixel = { width: picture.width / size.width, height: picture.height / size.height };
  const tracks = new Map(pieces.map(({ track }) => [track, boxOf(track)]));
  return pieces.map(({ pixel: at, track, from, to }, rank) => {
    const [column, row] = [at % size.width, Math.floor(at / size.width)];
    const bar = tracks.get(track)!;
    return {
      ...{ column, row },
      delay: (SPREAD_MS * rank) / pieces.length,
      start: { x: picture.x + column * pixel.width, y: picture.y + row * pixel.height, ...pixel },
      end: { x: bar.x + from * bar.width, y: bar.y, width: (to - from) * bar.width, height: bar.height },
    };
  });
}

/** @param stage Contains the picture and the bars; while products fall it has the class `falling`, which hides the bars. */
export function createFall(stage: HTMLElement): Fall {
  const canvas = create("canvas", "fall");
  canvas.setAttribute("aria-hidden", "true");
  const context = context2d(canvas);
  let frame = 0;

  function stop(): void {
    cancelAnimationFrame(frame);
    canvas.remove();
    stage.classList.remove("falling");
  }

  function paint(image: HTMLCanvasElement, flights: readonly Flight[], elapsed: number): void {
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const { column, row, delay, start, end } of flights) {
      const share = Math.max(0, Math.min(1, (elapsed - delay) / FALL_MS));
      const { x, y, width, height } = between(start, end, share);
      context.drawImage(image, column, row, 1, 1, x, y, width, height);
    }
  }

  return {
    stop,
    start(products, size, pieces) {
      stop();
      const image = products.querySelector("canvas");
      if (!image || pieces.length === 0) return;
      const origin = stage.getBoundingClientRect();
      const flights = flightsOf(origin, products, size, pieces);
      canvas.width = origin.width * devicePixelRatio;
      canvas.height = origin.height * devicePixelRatio;
      context.scale(devicePixelRatio, devicePixelRatio);
      context.imageSmoothingEnabled = false;
      stage.append(canvas);
      stage.classList.add("falling");
      let began: number | null = null;
      const step = (now: number) => {
        began ??= now;
        if (now - began >= FALL_MS + SPREAD_MS) {
          stop();
          return;
        }
        paint(image, flights, now - began);
        frame = requestAnimationFrame(step);
      };
      frame = requestAnimationFrame(step);
    },
  };
}
