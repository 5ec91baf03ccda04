// One class's weights as they formed, in about six pictures, each above its dot on the curve of
// accuracy.
import { create, createSvg, setText } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import { largestOf, weightsOf, type Subject } from "../subject.ts";
import { AWAITED, COUNT, positionOf, type Film } from "./frames.ts";

/**
 * In which part of the curve's height it is; above it, lines lead from the pictures to the dots.
 */
const HEIGHT = 80;

const place = (element: HTMLElement, [x, y]: readonly [number, number]) => {
  element.style.setProperty("--x", String(x));
  element.style.setProperty("--y", String(y));
};

export function createFilm({ image, labels, linear, model }: Subject) {
  const words = say.learning;
  const note = create("p", "note");
  const pictures = Array.from({ length: COUNT }, () => createPixels("weight"));
  const items = pictures.map(({ figure }) => create("li", "", figure));
  const [leads, line] = [
    createSvg("path", { class: "leads" }),
    createSvg("path", { class: "line" }),
  ];
  const svg = createSvg(
    "svg",
    { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" },
    leads,
    line,
  );
  const dots = pictures.map(() => create("i", "dot"));
  const [low, high] = [create("span", "low"), create("span", "high")];
  for (const mark of [...dots, low, high]) mark.setAttribute("aria-hidden", "true");
  const curve = create("div", "learning-curve", ...dots, low, high, note);
  curve.prepend(svg);
  const element = create("div", "learning-film", create("ol", "learning-frames", ...items), curve);

  function showCurve(film: Film): void {
    const points = film.curve.map(
      ([step, share]) => [100 * positionOf(step, film.total), HEIGHT * share] as const,
    );
    const at = new Map(film.curve.map(([step], index) => [step, points[index]!]));
    const { frames } = film;
    // nothing was measured
    curve.hidden = points.length < 2 && frames.every(({ kernel }) => kernel);
    line.setAttribute(
      "d",
      points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${100 - y}`).join(""),
    );
    const lines = frames.flatMap(({ step }, index) => {
      const point = at.get(step ?? NaN);
      const above = (100 * index) / (frames.length - 1);
      return point ? [`M${above} 0V5L${point[0]} 15V${100 - point[1]}`] : [];
    });
    leads.setAttribute("d", lines.join(""));
    for (const [index, dot] of dots.entries()) {
      const point = at.get(frames[index]?.step ?? NaN);
      dot.hidden = !point;
      if (point) place(dot, point);
    }
    const [first, last] = [film.curve[0], film.curve.at(-1)];
    low.hidden = !first;
    high.hidden = last?.[0] !== film.total; // until then it would cover the line
    svg.setAttribute("aria-label", note.textContent);
    if (!first || !last) return;
    place(low, points[0]!);
    setText(low, percent(first[1], 0));
    place(high, points.at(-1)!);
    setText(high, percent(last[1]));
    svg.setAttribute(
      "aria-label",
      words.curve(percent(first[1]), percent(last[1]), whole(last[0])),
    );
  }

  return {
    element,
    /**
     * @param film Null: only the weights of today.
     * @param index Of the class.
     * @param isOwn Of the visitor's training.
     */
    show(film: Film | null, index: number, isOwn: boolean) {
      const frames = film?.frames ?? [{ step: null, kernel: linear.kernel }];
      element.style.setProperty("--frames", String(Math.max(2, frames.length)));
      curve.hidden = !film;
      setText(
        note,
        words.curveNote(labels[index]!, whole(model.manifest.training?.batch_size ?? 0), isOwn),
      );
      if (film) showCurve(film);
      for (const [at, picture] of pictures.entries()) {
        const frame = frames[at];
        items[at]!.hidden = !frame;
        if (!frame) continue;
        const own = frame.kernel
          ? weightsOf(frame.kernel, linear.outputs, index)
          : new Float32Array();
        const label = labels[index]!;
        const { step } = frame;
        const known = step === null ? words.trained : words.step(whole(step), step);
        const when = film === AWAITED ? "\u00A0" : known; // the caption keeps its place
        picture.show(image, own, largestOf(own), words.weights(label, when));
        setText(picture.caption, at === 0 || step === null ? when : whole(step));
      }
    },
  };
}
