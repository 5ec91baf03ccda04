// The colours that canvases need, read from the style sheet, so that each is written down once and follows the theme.

type Rgb = readonly [number, number, number];
/** Two or more colours at even distances; between them the mixture is linear. */
type Ramp = readonly Rgb[];

function read(...names: readonly string[]): Ramp {
  const style = getComputedStyle(document.documentElement);
  return names.map((name) => {
    const value = Number.parseInt(style.getPropertyValue(`--${name}`).trim().slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
}

/** Values of 0 to 1 as ink on the pad's paper. */
export const inkRamp = (): Ramp => read("raised", "ink");

/** Values of −1 to 1: nought is the page's own surface, so what does not matter does not show. */
export const weightRamp = (): Ramp => read("against-far", "against-near", "surface", "for-near", "for-far");

/** By canvas, so that one which nobody shows any more goes, and takes what paints it along. */
const painters = new WeakMap<HTMLCanvasElement, () => void>();

/** Call `paint` when the theme changes, as long as the canvas is in the document. */
export function onThemeChange(canvas: HTMLCanvasElement, paint: () => void): void {
  painters.set(canvas, paint);
}

/** Paint what the document shows anew whenever the theme changes. */
export function followTheme(): void {
  const repaint = () => {
    for (const canvas of document.querySelectorAll("canvas")) painters.get(canvas)?.();
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"]) {
    matchMedia(query).addEventListener("change", repaint);
  }
}

/** Fill a canvas with a photo as a model sees it: shares of black to white, or of red, green and blue. */
export function paintPhoto(context: CanvasRenderingContext2D, picture: ArrayLike<number>): void {
  const { width, height } = context.canvas;
  const channels = picture.length / width / height;
  const image = context.createImageData(width, height);
  for (let index = 0; index < image.data.length; index++) {
    const channel = index % 4;
    image.data[index] = channel === 3 ? 255 : 255 * (picture[(index >> 2) * channels + (channel % channels)] ?? 0);
  }
  context.putImageData(image, 0, 0);
}

/**
 * Fill a canvas, one of its pixels for each value.
 *
 * @param low The value that the ramp's first colour stands for; its last one stands for 1.
 */
export function paintValues(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number>,
  ramp: Ramp,
  low: 0 | -1,
): void {
  const { width, height } = context.canvas;
  const image = context.createImageData(width, height);
  for (let index = 0; index < width * height; index++) {
    const share = ((values[index] ?? 0) - low) / (1 - low);
    const position = Math.max(0, Math.min(1, share)) * (ramp.length - 1);
    const step = Math.min(Math.floor(position), ramp.length - 2);
    for (let channel = 0; channel < 3; channel++) {
      const from = ramp[step]?.[channel] ?? 0;
      const to = ramp[step + 1]?.[channel] ?? 0;
      image.data[4 * index + channel] = Math.round(from + (to - from) * (position - step));
    }
    image.data[4 * index + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
