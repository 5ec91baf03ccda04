// The few things that every panel does with elements.

/** The element that `selector` finds. Panels and index.html belong together, so a missing one is a mistake in the page. */
export function find(root: ParentNode, selector: string): HTMLElement;
export function find<T extends HTMLElement>(root: ParentNode, selector: string, type: new () => T): T;
export function find(root: ParentNode, selector: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${selector} (${type.name}); index.html and its script do not belong together.`);
}

export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

export function context2d(canvas: HTMLCanvasElement, settings?: CanvasRenderingContext2DSettings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser gives no 2D drawing context. Close some tabs, or use another browser.");
  return context;
}

/** Change a text only when it differs, so that assistive technology and layout are left alone otherwise. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
