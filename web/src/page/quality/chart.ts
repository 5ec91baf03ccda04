// A small chart. The SVG contains only shapes and is stretched to fit; the text around it is HTML, so that it has the page's own
// font size in every window.
import { create } from "../dom.ts";

export interface Axis {
  readonly title: string;
  /** Ascending. The first and the last one are the ends of the axis. */
  readonly ticks: readonly number[];
  readonly write: (value: number) => string;
}

export interface Series {
  readonly name: string;
  /** For lines and dots, in quality.css: series differ in dashes too, not only in colour. */
  readonly className: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Draws dots instead of a line: their diameters in CSS pixels, one per point. */
  readonly dots?: readonly number[];
}

const SVG = "http://www.w3.org/2000/svg";

function svg(tag: string, attributes: Readonly<Record<string, string>>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The position of a value on its axis, 0..100. */
function position({ ticks }: Axis, value: number): number {
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  return Math.round(((value - low) / (high - low)) * 1e5) / 1e3;
}

/**
 * @param title Shown above the chart.
 * @param words What the chart shows, for screen readers.
 * @param series Later ones are on top. What is outside the axes is clipped.
 */
export function chart(title: string, words: string, x: Axis, y: Axis, series: readonly Series[]): HTMLElement {
  const at = ([valueX, valueY]: readonly [number, number]) => `${position(x, valueX)} ${100 - position(y, valueY)}`;
  const grid = y.ticks.map((tick) =>
    svg("path", { class: "curve-grid", d: `M0 ${100 - position(y, tick)}H100`, "vector-effect": "non-scaling-stroke" }),
  );
  const shapes = series.flatMap(({ className, points, dots }) => {
    if (!dots) {
      const d = `M${points.map(at).join("L")}`;
      return points.length > 0 ? [svg("path", { class: className, d, "vector-effect": "non-scaling-stroke" })] : [];
    }
    // A line of length 0 with round ends is a circle, however the SVG is stretched.
    return points.map((point, index) => {
      const d = `M${at(point)}h0`;
      const dot = svg("path", { class: `curve-dot ${className}`, d, "vector-effect": "non-scaling-stroke" });
      dot.setAttribute("stroke-width", String(dots[index] ?? 8));
      return dot;
    });
  });
  const attributes = { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": words };
  const plot = create("div", "curve-plot");
  plot.append(svg("svg", attributes, ...grid, ...shapes));
  for (const [axis, className] of [
    [x, "curve-x"],
    [y, "curve-y"],
  ] as const) {
    for (const tick of axis.ticks) {
      const label = create("span", className, axis.write(tick));
      label.setAttribute("aria-hidden", "true");
      label.style.setProperty("--at", `${position(axis, tick)}%`);
      plot.append(label);
    }
  }
  const axisTitle = create("p", "curve-axis", x.title);
  axisTitle.setAttribute("aria-hidden", "true");
  return create("figure", "curve-chart", create("figcaption", "", title, legend(series)), plot, axisTitle);
}

function legend(series: readonly Series[]): HTMLElement {
  const entries = series.map(({ name, className, dots }) => {
    const d = dots ? "M12 5h0" : "M0 5H24";
    const sample = svg("path", { class: dots ? `curve-dot ${className}` : className, d });
    if (dots) sample.setAttribute("stroke-width", "8");
    const picture = svg("svg", { viewBox: "0 0 24 10", width: "24", height: "10", "aria-hidden": "true" }, sample);
    return create("span", "curve-key", picture, name);
  });
  return create("span", "curve-keys", ...entries);
}
