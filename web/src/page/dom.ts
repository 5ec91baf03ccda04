// DOM helpers for all panels.

/** Find an element of index.html. @throws Error if it is missing, which is a bug in the page. */
export function find(root: ParentNode, selector: string): HTMLElement;
export function find<T extends HTMLElement>(
  root: ParentNode,
  selector: string,
  type: new () => T,
): T;
export function find(
  root: ParentNode,
  selector: string,
  type: new () => HTMLElement = HTMLElement,
): HTMLElement {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(
    `index.html must contain ${selector} (${type.name}). Received: none. Reload the page; if that does not help, rebuild it.`,
  );
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

/**
 * Fill a panel below its heading and lead sentence, which stay: browsers hold what is in sight
 * while panels above it grow.
 */
export function fillPanel(section: HTMLElement, ...content: HTMLElement[]): void {
  while (section.lastChild !== section.firstElementChild) section.lastChild!.remove();
  for (const figure of content) {
    // which screen readers find where its content is skipped (panels.css)
    figure.setAttribute("role", "figure");
    figure.setAttribute("aria-labelledby", `${section.id}-title`);
  }
  section.append(...content);
}

/** A button that submits no form. */
export function createButton(
  className: string,
  onClick: () => void,
  ...children: (Node | string)[]
): HTMLButtonElement {
  const button = create("button", className, ...children);
  button.type = "button";
  button.addEventListener("click", onClick);
  return button;
}

/** The header of a row or a column of a table. */
export const createHeader = (
  scope: "row" | "col",
  ...children: (Node | string)[]
): HTMLTableCellElement => Object.assign(create("th", "", ...children), { scope });

export function createSvg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: (Node | string)[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Where the arrow keys lead. */
export const ARROWS: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function context2d(canvas: HTMLCanvasElement, settings?: CanvasRenderingContext2DSettings) {
  const context = canvas.getContext("2d", settings);
  if (!context)
    throw new Error(
      "A 2D canvas context is required. Received: none. Close some tabs, or use another browser.",
    );
  return context;
}

/** Let the browser paint, and answer the visitor, between two parts of a longer work. */
export const nextTask = (): Promise<void> => new Promise((go) => setTimeout(go));

/** Set the text only if it differs, so as not to disturb layout and assistive technology. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A sentence in which `{name}` is replaced by an element: rich("See {there}.", { there: link }).
 */
export function rich(
  sentence: string,
  parts: Readonly<Record<string, Node | string>>,
): (Node | string)[] {
  return sentence
    .split(/\{(\w+)\}/)
    .map((piece, place) => (place % 2 === 0 ? piece : (parts[piece] ?? `{${piece}}`)));
}
