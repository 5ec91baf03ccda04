// A small chart. The SVG contains only shapes and is stretched to fit; the text around it is HTML, so that it has the page's own
// font size in every window.
import "./chart.css";
import { create, createSvg } from "./dom.ts";

export interface Axis {
  /** Shown below the chart; for the x axis alone. */
  readonly title?: string;
  /** Ascending. The first and the last one are the ends of the axis. */
  readonly ticks: readonly number[];
  readonly write: (value: number) => string;
  /** Maps a value to its position on the axis; linear unless given. */
  readonly scale?: (value: number) => number;
}

export interface Series {
  /** In the legend. */
  readonly name?: string;
  /** For lines and dots, in chart.css: series differ in dashes too, not only in colour. */
  readonly className: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Draws dots instead of a line: their diameters in CSS pixels, one per point. */
  readonly dots?: readonly number[];
}

/** The position of a value on its axis, 0..100. */
function position({ ticks, scale = (value) => value }: Axis, at: number): number {
  const [low = 0, high = 1, value = 0] = [ticks[0] ?? 0, ticks.at(-1) ?? 1, at].map(scale);
  return Math.round(((value - low) / (high - low || 1)) * 1e5) / 1e3;
}

/** A chart below its title and a legend. Arguments as in `plot`. */
export const chart = (title: string, ...of: Parameters<typeof plot>): HTMLElement =>
  create("figure", "curve-chart", create("figcaption", "", title, legend(of[3])), ...plot(...of));

/**
 * @param words Description of the chart, for screen readers.
 * @param series Later ones are on top. Values outside the axes are clipped.
 * @returns The parts of a figure.
 */
export function plot(words: string, x: Axis, y: Axis, series: readonly Series[]): readonly HTMLElement[] {
  const at = ([valueX, valueY]: readonly [number, number]) => `${position(x, valueX)} ${100 - position(y, valueY)}`;
  const grid = y.ticks.map((tick) =>
    createSvg("path", { class: "curve-grid", d: `M0 ${100 - position(y, tick)}H100` }),
  );
  const shapes = series.flatMap(({ className, points, dots }) => {
    if (!dots)
      return points.length > 0 ? [createSvg("path", { class: className, d: `M${points.map(at).join("L")}` })] : [];
    // A line of length 0 with round ends is a circle, however the SVG is stretched.
    return points.map((point, index) =>
      createSvg("path", { class: `curve-dot ${className}`, d: `M${at(point)}h0`, "stroke-width": dots[index] ?? 8 }),
    );
  });
  const attributes = { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": words };
  const area = create("div", "curve-plot");
  area.append(createSvg("svg", attributes, ...grid, ...shapes));
  for (const [axis, className] of [
    [x, "curve-x"],
    [y, "curve-y"],
  ] as const) {
    for (const tick of axis.ticks) {
      const label = create("span", className, axis.write(tick));
      label.setAttribute("aria-hidden", "true");
      label.style.setProperty("--at", `${position(axis, tick)}%`);
      area.append(label);
    }
  }
  const axisTitle = create("p", "curve-axis", x.title ?? "");
  axisTitle.setAttribute("aria-hidden", "true");
  return [area, axisTitle];
}

function legend(series: readonly Series[]): HTMLElement {
  const entries = series.map(({ name = "", className, dots }) => {
    const sample = dots
      ? createSvg("path", { class: `curve-dot ${className}`, d: "M12 5h0", "stroke-width": 8 })
      : createSvg("path", { class: className, d: "M0 5H24" });
    const size = { viewBox: "0 0 24 10", width: 24, height: 10 };
    const picture = createSvg("svg", { ...size, "aria-hidden": "true" }, sample);
    return create("span", "curve-key", picture, name);
  });
  return create("span", "curve-keys", ...entries);
}
