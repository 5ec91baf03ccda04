// The axis of the slider: epochs, and above it the share of held-out images that was answered correctly.
import { create, createSvg } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Frame } from "./frames.ts";

export interface Tick {
  /** Of its frame. */
  readonly index: number;
  readonly text: string;
}

/** Numbers below the axis: of the first, the middle and the last epoch. */
export function ticksOf(frames: readonly Pick<Frame, "epoch">[]): readonly Tick[] {
  const last = frames.at(-1)?.epoch ?? 0;
  const marked = [1, Math.round(last / 2), last];
  return frames.flatMap(({ epoch }, index) =>
    epoch > 0 && marked.includes(epoch) ? [{ index, text: whole(epoch) }] : [],
  );
}

/** The `d` of an SVG path in a 100 × 100 view box, of the frames whose share is known. */
export function curveOf(frames: readonly Pick<Frame, "heldOut">[]): string {
  const points = frames.flatMap(({ heldOut }, index) =>
    heldOut === null ? [] : [`${round((100 * index) / (frames.length - 1))} ${round(100 - 100 * heldOut)}`],
  );
  return points.length > 1 ? `M${points.join("L")}` : "";
}

const round = (value: number) => Math.round(1000 * value) / 1000;

/** What stands above and below the slider. */
export function axisOf(frames: readonly Frame[]): readonly HTMLElement[] {
  const at = (element: HTMLElement, index: number) => {
    element.style.setProperty("--at", `${(100 * index) / (frames.length - 1)}%`);
    return element;
  };
  const firstEpoch = frames.findIndex(({ epoch }) => epoch === 1);
  const ticks = create(
    "div",
    "forming-ticks",
    ...ticksOf(frames).map(({ index, text }) => at(create("span", "", text), index)),
    at(create("span", "forming-unit", say.weights.epochs), (firstEpoch + frames.length - 1) / 2),
  );
  ticks.setAttribute("aria-hidden", "true");
  const curve = curveOf(frames);
  if (curve === "") return [ticks];
  const best = Math.max(...frames.map(({ heldOut }) => heldOut ?? 0));
  const name = say.weights.curve(percent(frames[0]?.heldOut ?? 0), percent(best));
  const svg = createSvg(
    "svg",
    { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": name },
    createSvg("path", { class: "forming-grid", d: "M0 0H100M0 50H100M0 100H100" }),
    createSvg("path", { class: "forming-curve", d: curve }),
  );
  const shares = [1, 0.5, 0].map((share) => {
    const label = create("span", "forming-share", percent(share, 0));
    label.style.setProperty("--up", `${100 * share}%`);
    label.setAttribute("aria-hidden", "true");
    return label;
  });
  return [create("div", "forming-plot", svg, create("div", "forming-now"), ...shares), ticks];
}
