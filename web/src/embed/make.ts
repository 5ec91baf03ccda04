/**
 * An element that the style sheet knows by its class, and the page's own rules as `::part(name)`. Never made from a string
 * of HTML: a page may have forbidden that (Trusted Types).
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name = "",
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  mark(element, name);
  element.append(...children);
  return element;
}

export function mark(element: HTMLElement, names: string): void {
  element.className = names;
  if (names) element.setAttribute("part", names);
}

/** A text only when it differs, so that layout and assistive technology are left alone otherwise. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Name for those who listen. */
export function nameFor(element: Element, text: string): void {
  element.setAttribute("aria-label", text);
}

/** Paint a picture as it is: shares 0..1 of black to white, or of red, green and blue. */
export function paintPhoto(canvas: HTMLCanvasElement, picture: Float32Array, width: number, height: number): void {
  canvas.width = width;
  canvas.height = height;
  const channels = picture.length / width / height;
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? 255 : 255 * picture[(i >> 2) * channels + ((i % 4) % channels)]!,
  );
  canvas.getContext("2d")!.putImageData(new ImageData(data, width, height), 0, 0);
}

/**
 * Paint shares 0..1, one for each pixel, as so much of the canvas' own colour; the rest is transparent. So whatever the
 * page lies on shows through, and the picture follows its theme.
 */
export function paintShares(canvas: HTMLCanvasElement, shares: ArrayLike<number>, width: number, height: number): void {
  canvas.width = width;
  canvas.height = height; // also clears it
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  for (let index = 0; index < shares.length; index++) image.data[4 * index + 3] = 255 * shares[index]!; // kept in 0..255
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = getComputedStyle(canvas).color;
  context.fillRect(0, 0, width, height);
}
