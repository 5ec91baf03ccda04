/**
 * Create an element with a class for this style sheet, and a part of the same name for the page's.
 * Elements are never created from HTML strings, which a page may have forbidden (Trusted Types).
 */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name = "",
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setPart(element, name);
  element.append(...children);
  return element;
}

export function setPart(element: HTMLElement, names: string): void {
  element.className = names;
  if (names) element.setAttribute("part", names);
}

/** Set the text only if it differs, so as not to disturb layout and assistive technology. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Set the accessible name. */
export function setLabel(element: Element, text: string): void {
  element.setAttribute("aria-label", text);
}

/**
 * Paint values of 0..1, one per pixel, as the opacity of the canvas' own text colour: so the page's
 * background shows through, and the image follows the page's theme. A photo is painted as it is:
 * its values, one or three per pixel, are grey, or red, green and blue.
 */
export function paintPixels(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  height: number,
  isPhoto = false,
): void {
  canvas.width = width;
  canvas.height = height; // also clears it
  if (values.length === 0) return; // before creating a context, which takes 10 ms
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  const channels = values.length / width / height;
  const { data } = image; // clamps to 0..255
  for (let index = 0; index < data.length; index++) {
    const [pixel, channel] = [index >> 2, index & 3];
    const isAlpha = channel === 3;
    data[index] =
      255 *
      (isAlpha === isPhoto ? Number(isPhoto) : values[pixel * channels + (channel % channels)]!);
  }
  context.putImageData(image, 0, 0);
  if (isPhoto) return;
  context.globalCompositeOperation = "source-in";
  context.fillStyle = getComputedStyle(canvas).color;
  context.fillRect(0, 0, width, height);
}
