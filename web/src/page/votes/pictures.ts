// Ink × weights = votes as three pictures with one pixel chosen in all of them: by the pointer, a
// finger or the arrow keys.
import { ARROWS, create, setText } from "../dom.ts";
import type { View } from "../explain.ts";
import { fixed, signed } from "../format.ts";
import { say } from "../language.ts";
import { createPixels } from "../pixels.ts";
import { largestOf, nameOfRow, weightsOf, type Subject } from "../subject.ts";

/** Decimal places that tell the weights of a model apart. */
const digitsFor = (most: number) => Math.max(2, 1 - Math.floor(Math.log10(most || 1)));

/** @param onPoint Called with the pixel that the visitor chooses. */
export function createPictures(subject: Subject, onPoint: (pixel: number) => void) {
  const { image, linear, largestWeight, factor } = subject;
  const { height, width } = image;
  const pictures = [
    createPixels("ink"),
    createPixels("weight"),
    createPixels("weight", "vote"),
  ] as const;
  const parts = pictures.map(({ frame, caption }) => {
    const spot = create("i", "spot");
    spot.style.width = `${100 / width}%`;
    spot.style.height = `${100 / height}%`;
    frame.append(spot);
    const [name, value] = [create("span", ""), create("b", "number")];
    caption.append(name, " ", value);
    return { frame, spot, name, value };
  });
  const [ink, weights, votes] = pictures;
  const keys = votes.frame;
  const spoken = create("p", "unseen");
  spoken.setAttribute("role", "status");
  const signs = ["×", "="].map((text) => create("span", "sign", text));
  const element = create(
    "div",
    "equation",
    ink.figure,
    signs[0]!,
    weights.figure,
    signs[1]!,
    votes.figure,
    spoken,
  );

  let view: View | null = null;
  let chosen: number | null = null; // by the visitor, for this input

  function point(): number {
    if (!view) return 0;
    const { input, sums, ways, shown } = view;
    const { row } = ways[shown]!;
    const { votes } = sums[row]!;
    const pixel = chosen ?? Math.max(0, votes.map(Math.abs).indexOf(largestOf(votes)));
    const weight = linear.kernel[pixel * linear.outputs + row]!;
    const digits = digitsFor(largestWeight);
    const values = [fixed(input[pixel]!, 2), signed(weight, digits), signed(votes[pixel]!)];
    for (const [at, { spot, value }] of parts.entries()) {
      spot.style.left = `${(100 * (pixel % width)) / width}%`;
      spot.style.top = `${(100 * Math.floor(pixel / width)) / height}%`;
      setText(value, values[at]!);
      const number = [0, weight, votes[pixel]!][at]!;
      value.classList.toggle("for", number > 0);
      value.classList.toggle("against", number < 0);
    }
    return pixel;
  }
  const within = (at: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(at)));
  for (const { frame } of parts) {
    const follow = ({ clientX, clientY }: PointerEvent) => {
      const box = frame.getBoundingClientRect();
      const row = within(((clientY - box.top) / box.height) * height, height);
      chosen = row * width + within(((clientX - box.left) / box.width) * width, width);
      onPoint(point());
    };
    frame.addEventListener("pointerdown", follow);
    frame.addEventListener("pointermove", follow);
  }
  keys.tabIndex = 0;
  keys.setAttribute("role", "application");
  keys.setAttribute("aria-roledescription", say.votes.picture);
  keys.addEventListener("keydown", (event) => {
    const move = ARROWS[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // no scrolling
    const from = point();
    chosen =
      within(from / width + move[0], height) * width + within((from % width) + move[1], width);
    onPoint(point());
    const [x = "", w = "", vote = ""] = parts.map(({ value }) => value.textContent);
    setText(
      spoken,
      say.votes.pixel(Math.floor(chosen / width) + 1, (chosen % width) + 1, x, w, vote),
    );
  });

  return {
    element,
    /** The frame of the picture of the votes. */
    votes: votes.frame,
    /** @returns The chosen pixel: at first the one with the strongest vote. */
    show(next: View): number {
      if (next.input !== view?.input) chosen = null;
      view = next;
      const { input, sums, ways, shown } = view;
      const { row } = ways[shown]!;
      const label = nameOfRow(subject, row);
      // One scale for all classes, so that they can be compared.
      const most = Math.max(...sums.map(({ votes }) => largestOf(votes)));
      ink.show(image, input, factor, say.votes.inkName);
      weights.show(
        image,
        weightsOf(linear.kernel, linear.outputs, row),
        largestWeight,
        say.votes.weights(label),
      );
      votes.show(image, sums[row]!.votes, most, say.votes.votesName(label));
      keys.setAttribute("aria-label", `${say.votes.votesName(label)}. ${say.votes.keys}`);
      const names = [say.votes.ink, say.votes.weights(label), say.votes.votes];
      for (const [at, { name }] of parts.entries()) setText(name, names[at]!);
      return point();
    },
  };
}
