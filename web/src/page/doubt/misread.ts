// Digits that people wrote with pens and the model misread. Each is a link that draws it on the pad.
import { encodeStrokes } from "../../pad/link.ts";
import { PEN_WIDTH, type Stroke } from "../../pad/strokes.ts";
import type { Evaluation, MisreadDrawing } from "../../runtime/schema.ts";
import { create, createSvg, rich } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";

/** As pipeline/pens/LICENSES.md names it. */
const SOURCE = "UJIpenchars2, CC BY 4.0";
/** How much of the pad the longer side of a digit takes up. */
const SIZE = 0.6;

/** The strokes in the middle of the pad, whose side is 1. */
export function onPad({ strokes }: Pick<MisreadDrawing, "strokes">): readonly Stroke[] {
  const points = strokes.map((stroke) => stroke.flatMap((x, at) => (at % 2 ? [] : [{ x, y: stroke[at + 1]! }])));
  const [width, height] = (["x", "y"] as const).map((axis) => Math.max(...points.flat().map((point) => point[axis])));
  const place = (at: number, end: number) => 0.5 + (SIZE * (at - end / 2)) / 100;
  return points.map((stroke) =>
    stroke.map(({ x, y }) => ({ x: place(x, width!), y: place(y, height!), width: PEN_WIDTH })),
  );
}

export function misread(
  { drawings, misread_drawings: shown }: Evaluation,
  labels: readonly string[],
): readonly HTMLElement[] {
  if (!drawings || !shown?.length) return [];
  const words = say.quality.believe;
  const items = shown.map(({ label, predicted, probability, strokes }) => {
    const drawn = onPad({ strokes });
    // A single point is a dot: a line to itself.
    const d = drawn.map((stroke) => `M${[stroke[0]!, ...stroke].map(({ x, y }) => `${x} ${y}`).join("L")}`).join("");
    const picture = createSvg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" }, createSvg("path", { d }));
    const link = create("a", "", picture, words.taken(labels[label]!, labels[predicted]!, percent(probability, 0)));
    link.addEventListener("click", () => document.querySelector("#draw")?.scrollIntoView());
    link.href = `#drawing=${encodeStrokes(drawn) ?? ""}`;
    return create("li", "", link);
  });
  const wrong = Math.round((1 - drawings.accuracy) * drawings.drawings);
  const source = create("span", "", SOURCE);
  source.lang = "en";
  const told = words.misread(whole(wrong), whole(drawings.drawings), shown.length);
  return [create("p", "explains", ...rich(told, { source })), create("ol", "misread-drawings", ...items)];
}
