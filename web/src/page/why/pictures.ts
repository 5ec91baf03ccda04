// Ink × weight = product as three images, and the product of a single pixel with the pointer, a finger or the arrow keys.
import { ARROWS, create, setText } from "../dom.ts";
import { signed } from "../format.ts";
import { createLegend, createPixels } from "../pixels.ts";
import type { Subject } from "../subject.ts";
import { strongestOf } from "./explain.ts";
import type { Part, View } from "./view.ts";

const HINT = "Point at a pixel, touch it, or use the arrow keys to see its product here.";
const BLANK = "Nothing is drawn yet. Draw above to see the product of each pixel here.";

/** The position of a pixel, its ink and its contribution. */
function describe({ image, prediction, explanation, linear, factor, shown }: View, pixel: number): string {
  const column = pixel % image.width;
  const row = (pixel - column) / image.width;
  const value = prediction.input[pixel] ?? 0;
  const ink = value / factor;
  const input = factor === 1 ? `ink ${ink.toFixed(3)}` : `ink ${ink.toFixed(3)} × ${factor} = ${value.toFixed(3)}`;
  const weight = signed(linear.kernel[pixel * linear.outputs + shown] ?? 0, 4);
  const place = `Row ${row + 1}, column ${column + 1}: `;
  if (value === 0) return `${place}no ink, so its weight, ${weight}, has no effect`;
  return `${place}${input}, times weight ${weight}, is ${signed(explanation.products[shown]?.[pixel] ?? 0, 4)}`;
}

export function mountPictures(root: HTMLElement): Part {
  const ink = createPixels("ink");
  const weight = createPixels("weight");
  const product = createPixels("weight", "product");
  const pictures = [ink, weight, product];
  const legend = createLegend();
  const readout = create("p", "readout");
  const sign = (text: string) => {
    const element = create("span", "sign", text);
    element.setAttribute("aria-hidden", "true");
    return element;
  };
  const equation = create("div", "equation", ink.figure, sign("×"), weight.figure, sign("="), product.figure);
  equation.append(legend.element, readout);
  root.append(equation);

  let subject: Subject | null = null;
  let view: View | null = null;
  let pixel: number | null = null;
  const cursors = pictures.map(({ frame }) => {
    const cursor = create("div", "pixel-cursor");
    cursor.hidden = true;
    frame.append(cursor);
    return cursor;
  });

  function point(at: number | null): void {
    pixel = at;
    const { height, width } = subject?.image ?? { height: 1, width: 1 };
    for (const cursor of cursors) {
      cursor.hidden = at === null || !view;
      if (at === null) continue;
      const { style } = cursor;
      style.left = `${(100 * (at % width)) / width}%`;
      style.top = `${(100 * Math.floor(at / width)) / height}%`;
      style.width = `${100 / width}%`;
      style.height = `${100 / height}%`;
    }
    setText(readout, !view ? BLANK : at === null ? HINT : describe(view, at));
  }

  for (const { frame } of pictures) {
    const follow = (event: PointerEvent) => {
      if (!view) return;
      const { height, width } = view.image;
      const box = frame.getBoundingClientRect();
      const within = (share: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
      const row = within((event.clientY - box.top) / box.height, height);
      point(row * width + within((event.clientX - box.left) / box.width, width));
    };
    frame.addEventListener("pointerdown", follow);
    frame.addEventListener("pointermove", follow);
    frame.addEventListener("pointerleave", (event) => {
      // A finger leaves when it is lifted: its pixel stays readable.
      if (event.pointerType === "mouse" && document.activeElement !== product.frame) point(null);
    });
  }

  const { frame } = product;
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-roledescription", "picture");
  frame.addEventListener("focus", () => {
    // Announced only while the arrow keys are in use, not whenever the mouse passes.
    readout.setAttribute("aria-live", "polite");
    if (pixel === null && view) point(strongestOf(view.explanation.products[view.shown] ?? new Float64Array(1)));
  });
  frame.addEventListener("blur", () => {
    readout.removeAttribute("aria-live");
    point(null);
  });
  frame.addEventListener("keydown", (event) => {
    const move = ARROWS[event.key];
    if (!move || !view || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // no scrolling
    const { height, width } = view.image;
    const at = pixel ?? 0;
    const row = Math.max(0, Math.min(height - 1, Math.floor(at / width) + move[0]));
    const column = Math.max(0, Math.min(width - 1, (at % width) + move[1]));
    point(row * width + column);
  });

  return (nextSubject, nextView, shown) => {
    subject = nextSubject;
    view = nextView;
    const { image, linear, labels, largestWeight, factor } = nextSubject;
    const label = shown === null ? "" : (labels[shown] ?? "");
    const weights =
      shown === null
        ? []
        : Array.from({ length: linear.inputs }, (_, row) => linear.kernel[row * linear.outputs + shown] ?? 0);
    const most = nextView?.explanation.largest ?? null;
    ink.show(
      image,
      nextView?.prediction.input ?? [],
      factor,
      nextView ? "The drawing as the model sees it" : "Nothing drawn",
    );
    weight.show(image, weights, largestWeight, label === "" ? "No weights" : `Weights for ${label}`);
    const products = nextView?.explanation.products[nextView.shown] ?? [];
    product.show(image, products, most ?? 1, nextView ? `Products for ${label}` : "No products");
    frame.setAttribute(
      "aria-label",
      nextView ? `Products for ${label}. Arrow keys move from pixel to pixel.` : "No products",
    );
    const whose = nextView?.isTestImage ? "its ink" : "your ink";
    setText(ink.caption, factor === 1 ? `${whose}, x` : `${whose} × ${factor}, x`);
    setText(weight.caption, label === "" ? "weights, w" : `weights for ${label}, w`);
    setText(product.caption, label === "" ? "w · x" : `w · x, for ${label} and against it`);
    legend.show(most, "products");
    point(pixel !== null && pixel < image.height * image.width ? pixel : null);
  };
}
