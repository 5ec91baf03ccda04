// An image with one pixel per value. It follows the theme.
import { inkRamp, onThemeChange, paintPhoto, paintValues, weightRamp } from "./colours.ts";
import { context2d, create } from "./dom.ts";

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

/**
 * @param kind "ink" for values of 0 and more, "weight" for values of either sign, "photo" for
 * brightness or colours.
 */
export function createPixels(kind: "ink" | "weight" | "photo", className = ""): PixelPicture {
  const canvas = create("canvas", "pixels");
  canvas.setAttribute("role", "img");
  const context = context2d(canvas);
  const frame = create("div", "frame", canvas);
  const caption = create("figcaption", "");
  let shown = new Float32Array();

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
      shown = new Float32Array(values);
      for (let index = 0; index < shown.length; index++) shown[index]! /= most || 1;
      paint();
      if (canvas.getAttribute("aria-label") !== name) canvas.setAttribute("aria-label", name);
    },
  };
}
