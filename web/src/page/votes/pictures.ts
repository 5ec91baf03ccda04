// Ink × weight = product as three images, and the product of a single pixel with the pointer, a finger or the arrow keys.
import { create, setText } from "../dom.ts";
import { fixed, signed } from "../format.ts";
import { say } from "../language.ts";
import { createLegend, createPixels } from "../pixels.ts";
import { nameOfRow, weightsOf, type Subject } from "../subject.ts";
import { createCursors } from "./cursors.ts";
import { strongestOf } from "./explain.ts";
import type { View } from "./view.ts";

export interface Pictures {
  readonly element: HTMLElement;
  /** Contains the canvas with the products. */
  readonly products: HTMLElement;
  readonly show: (view: View) => void;
}

/** The position of a pixel, its ink and its contribution. */
function describe({ image, input, explanation, linear, factor, shown, ways }: View, pixel: number): string {
  const output = ways[shown]!.row;
  const column = pixel % image.width;
  const row = (pixel - column) / image.width;
  const value = input[pixel] ?? 0;
  const weight = signed(linear.kernel[pixel * linear.outputs + output] ?? 0, 4);
  const place = say.why.place(row + 1, column + 1);
  if (value === 0) return `${place}: ${say.why.noInk(weight)}`;
  const ink = fixed(value / factor, 3);
  const scaled = factor === 1 ? ink : `${ink} × ${fixed(factor, 0)} = ${fixed(value, 3)}`;
  return `${place}: ${say.why.product(scaled, weight, signed(explanation.products[output]?.[pixel] ?? 0, 4))}`;
}

function createSign(text: string): HTMLElement {
  const sign = create("span", "sign", text);
  sign.setAttribute("aria-hidden", "true");
  return sign;
}

/** @param onPoint Called with the pixel that is read; null: none any more. */
export function createPictures(subject: Subject, onPoint: (pixel: number | null) => void): Pictures {
  const { image, linear, largestWeight, factor } = subject;
  const ink = createPixels("ink");
  const weight = createPixels("weight");
  const product = createPixels("weight", "product");
  const legend = createLegend();
  const readout = create("p", "readout");
  const element = create("div", "equation", ink.figure, createSign("×"), weight.figure, createSign("="));
  element.append(product.figure, legend.element, readout);

  let view: View | null = null;
  const pointAgain = createCursors(image, [ink.frame, weight.frame, product.frame], {
    start: () => strongestOf(view?.explanation.products[view.ways[view.shown]!.row] ?? new Float64Array(1)),
    point(pixel) {
      const hint = view?.source === "empty" ? say.why.blank : say.why.pointHint;
      setText(readout, view && pixel !== null ? describe(view, pixel) : hint);
      onPoint(pixel);
    },
    read(isByKey) {
      // Announced only while the arrow keys are in use, not whenever the mouse passes.
      if (isByKey) readout.setAttribute("aria-live", "polite");
      else readout.removeAttribute("aria-live");
    },
  });

  return {
    element,
    products: product.frame,
    show(next) {
      view = next;
      const { explanation, source, shown, input, ways } = view;
      const { row } = ways[shown]!;
      const label = nameOfRow(view, row);
      const most = explanation.largest;
      ink.show(image, input, factor, say.why.inkName[source]);
      const scale = factor === 1 ? "" : ` × ${fixed(factor, 0)}`;
      setText(ink.caption, `${say.why.ink[source]}${scale}, x`);
      weight.show(image, weightsOf(linear.kernel, linear.outputs, row), largestWeight, say.why.weightsFor(label));
      setText(weight.caption, say.why.weights(label));
      product.show(image, explanation.products[row] ?? [], most, say.why.productsFor(label));
      setText(product.caption, say.why.products(label));
      product.frame.setAttribute("aria-label", say.why.productsByKey(label));
      legend.show(most, say.why.productsScale);
      pointAgain();
    },
  };
}
