// Above the slider: the share of held-out images that was answered correctly, epoch by epoch.
import { plot } from "../chart.ts";
import { create } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Frame } from "./frames.ts";

/** The parts of a figure; none where fewer than two of the shares are known. */
export function curveOf(frames: readonly Frame[]): readonly HTMLElement[] {
  const points = frames.flatMap(({ heldOut }, index) => (heldOut === null ? [] : [[index, heldOut] as const]));
  if (points.length < 2) return [];
  const shares = points.map(([, share]) => share);
  const last = frames.length - 1;
  const x = { title: say.weights.epochs, ticks: [...new Set([0, Math.round(last / 2), last])], write: whole };
  const y = { ticks: [0, 0.5, 1], write: (share: number) => percent(share, 0) };
  const name = say.weights.curve(percent(shares[0]!), percent(Math.max(...shares)));
  const [area, title] = plot(name, x, y, [{ className: "curve-line validation", points }]);
  area!.append(create("div", "forming-now"));
  return [area!, title!];
}
