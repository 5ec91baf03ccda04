// An image with one pixel per value, and the legend of its colours. Both follow the theme.
import { inkRamp, onThemeChange, paintPhoto, paintValues, weightRamp } from "./colours.ts";
import { context2d, create, setText } from "./dom.ts";
import { signed } from "./format.ts";
import { say } from "./language.ts";

export interface Size {
  /** In pixels. */
  readonly height: number;
  readonly width: number;
}

export interface PixelPicture {
  readonly figure: HTMLElement;
  /** Contains the canvas and its overlays. */
  readonly frame: HTMLElement;
  readonly caption: HTMLElement;
  /**
   * @param values One per pixel, row by row, or three in a photo; none leaves the image blank.
   * @param most The value of the last colour.
   * @param name Accessible name.
   */
  readonly show: (size: Size, values: ArrayLike<number>, most: number, name: string) => void;
}

/** @param kind "ink" for values of 0 and more, "weight" for values of either sign, "photo" for brightness or colours. */
export function createPixels(kind: "ink" | "weight" | "photo", className = ""): PixelPicture {
  const canvas = create("canvas", "pixels");
  canvas.setAttribute("role", "img");
  const context = context2d(canvas);
  const frame = create("div", "frame", canvas);
  const caption = create("figcaption", "");
  let shown: ArrayLike<number> = [];

  const paint = () => {
    if (kind === "photo") paintPhoto(context, shown);
    else if (kind === "ink") paintValues(context, shown, inkRamp(), 0);
    else paintValues(context, shown, weightRamp(), -1);
  };
  onThemeChange(canvas, paint);
  return {
    figure: create("figure", `pixel-picture ${className}`, frame, caption),
    frame,
    caption,
    show({ height, width }, values, most, name) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      shown = Float32Array.from(values, (value) => value / (most || 1));
      paint();
      if (canvas.getAttribute("aria-label") !== name) canvas.setAttribute("aria-label", name);
    },
  };
}

/** The colour scale of weights, from against to for. */
export function createLegend() {
  const canvas = create("canvas", "legend-scale");
  canvas.width = 255;
  canvas.height = 1;
  const context = context2d(canvas);
  const ramp = Array.from({ length: canvas.width }, (_, x) => (2 * x) / (canvas.width - 1) - 1);
  const [low, high] = [create("span", "legend-low"), create("span", "legend-high")];
  const ticks = create("p", "legend-ticks", low, create("span", "", "0"), high);
  ticks.setAttribute("aria-hidden", "true");
  const element = create("div", "legend", canvas, ticks);
  element.setAttribute("role", "img");

  const paint = () => {
    paintValues(context, ramp, weightRamp(), -1);
  };
  onThemeChange(canvas, paint);
  paint();
  return {
    element,
    /**
     * @param most The value at the upper end of the scale; with 0 the legend keeps its place, but is not seen.
     * @param of Name of the values, e.g. "weights".
     */
    show(most: number, of: string) {
      element.classList.toggle("blank", most === 0);
      if (most === 0) return;
      // As many digits as it takes to be more than "0.00".
      const digits = Math.max(2, 1 - Math.floor(Math.log10(most)));
      const ends = [signed(-most, digits), signed(most, digits)];
      setText(low, ends[0]!);
      setText(high, ends[1]!);
      const name = say.common.scale(of, ends[0]!, ends[1]!);
      if (element.getAttribute("aria-label") !== name) element.setAttribute("aria-label", name);
    },
  };
}
