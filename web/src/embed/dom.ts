/**
 * An element that the style sheet knows by its class, and the page's own rules as `::part(name)`. Never made from a string
 * of HTML: a page may have forbidden that (Trusted Types).
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

/** A text only when it differs, so that layout and assistive technology are left alone otherwise. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Name for those who listen. */
export function setLabel(element: Element, text: string): void {
  element.setAttribute("aria-label", text);
}

/**
 * Paint shares 0..1, one for each pixel, as so much of the canvas' own colour; the rest is transparent. So whatever the
 * page lies on shows through, and the picture follows its theme. A photo is painted as it is: its shares, one or three for
 * each pixel, are those of white, or of red, green and blue.
 */
export function paintPixels(
  canvas: HTMLCanvasElement,
  shares: ArrayLike<number>,
  width: number,
  height: number,
  isPhoto = false,
): void {
  canvas.width = width;
  canvas.height = height; // also clears it
  if (shares.length === 0) return; // and needs no context, which takes 10 ms to make
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  const channels = shares.length / width / height;
  const { data } = image; // keeps what it is given in 0..255
  for (let index = 0; index < data.length; index++) {
    const [pixel, channel] = [index >> 2, index & 3];
    if (!isPhoto) data[index] = channel === 3 ? 255 * shares[pixel]! : 0;
    else data[index] = channel === 3 ? 255 : 255 * shares[pixel * channels + (channel % channels)]!;
  }
  context.putImageData(image, 0, 0);
  if (isPhoto) return;
  context.globalCompositeOperation = "source-in";
  context.fillStyle = getComputedStyle(canvas).color;
  context.fillRect(0, 0, width, height);
}
