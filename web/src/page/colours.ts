// The colours for canvases, read from the style sheet: so each is defined once and follows the
// theme.

type Rgb = readonly [number, number, number];
/** Two or more colours, evenly spaced; between them, interpolation is linear. */
type Ramp = readonly Rgb[];

/**
 * Ramps by the names of their colours, until the theme changes: reading styles takes longer than
 * painting.
 */
const known = new Map<string, Ramp>();

function read(...names: readonly string[]): Ramp {
  const key = names.join();
  const before = known.get(key);
  if (before) return before;
  const style = getComputedStyle(document.documentElement);
  const ramp = names.map((name): Rgb => {
    const value = Number.parseInt(style.getPropertyValue(`--${name}`).trim().slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
  known.set(key, ramp);
  return ramp;
}

/** For values of 0 to 1: ink on the pad's paper. */
export const inkRamp = (): Ramp => read("raised", "ink");

/** For values of −1 to 1: 0 has the paper's colour too, so what does not matter is invisible. */
export const weightRamp = (): Ramp =>
  read("against-far", "against-near", "raised", "for-near", "for-far");

/**
 * Keyed weakly by canvas, so that a canvas that is no longer used is collected together with its
 * painter.
 */
const painters = new WeakMap<HTMLCanvasElement, () => void>();

/** Call `paint` when the theme changes, while the canvas is in the document. */
export function onThemeChange(canvas: HTMLCanvasElement, paint: () => void): void {
  painters.set(canvas, paint);
}

/** Repaint the document's canvases whenever the theme changes. */
export function followTheme(): void {
  const repaint = () => {
    known.clear();
    for (const canvas of document.querySelectorAll("canvas")) painters.get(canvas)?.();
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"]) {
    matchMedia(query).addEventListener("change", repaint);
  }
}

/**
 * Fill a canvas with a photo as a model sees it: values of 0 to 1, grey or red, green and blue.
 * None leave it blank.
 */
export function paintPhoto(context: CanvasRenderingContext2D, picture: ArrayLike<number>): void {
  const { width, height } = context.canvas;
  const channels = picture.length / width / height;
  const opacity = channels > 0 ? 255 : 0;
  const image = context.createImageData(width, height);
  for (let index = 0; index < image.data.length; index++) {
    const channel = index % 4;
    image.data[index] =
      channel === 3
        ? opacity
        : 255 * (picture[(index >> 2) * channels + (channel % channels)] ?? 0);
  }
  context.putImageData(image, 0, 0);
}

/**
 * Fill a canvas with an image of the data set as it is there: ink on the pad's paper, dark on
 * bright, or in color.
 */
export function paintTestImage(
  context: CanvasRenderingContext2D,
  picture: ArrayLike<number>,
  isDarkOnBright: boolean,
) {
  const { width, height } = context.canvas;
  if (isDarkOnBright || picture.length > width * height) paintPhoto(context, picture);
  else paintValues(context, picture, inkRamp(), 0);
}

/**
 * Fill a canvas, one pixel per value.
 *
 * @param low The value of the ramp's first colour; the value of its last colour is 1.
 */
export function paintValues(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number>,
  ramp: Ramp,
  low: 0 | -1,
): void {
  const { width, height } = context.canvas;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colour = new Uint8ClampedArray([0, 0, 0, 255]);
  const pixel = new Uint32Array(colour.buffer);
  let last = NaN; // most of a drawing is paper, and has the colour of the pixel before
  for (let index = 0; index < pixels.length; index++) {
    const value = values[index] ?? 0;
    if (value !== last) {
      const position = Math.max(0, Math.min(1, (value - low) / (1 - low))) * (ramp.length - 1);
      const step = Math.min(Math.floor(position), ramp.length - 2);
      for (let channel = 0; channel < 3; channel++) {
        const from = ramp[step]?.[channel] ?? 0;
        const to = ramp[step + 1]?.[channel] ?? 0;
        colour[channel] = Math.round(from + (to - from) * (position - step));
      }
      last = value;
    }
    pixels[index] = pixel[0]!;
  }
  context.putImageData(image, 0, 0);
}
