// A row of weights in a large picture, and those of all classes in small ones, from which to choose a class.
import { create, createButton, createSvg, setText } from "../dom.ts";
import { signed } from "../format.ts";
import { say } from "../language.ts";
import { outlineOf } from "../outline.ts";
import { createLegend, createPixels } from "../pixels.ts";
import { rove } from "../roving.ts";
import { explainOnPoint, pick, type Store } from "../state.ts";
import { largestOf, nameOfRow, waysOf, weightsOf, type Subject } from "../subject.ts";
import { scoresOf } from "../training/sgd.ts";

/** As a fraction of the largest input value: where the edge of a stroke is. */
const EDGE = 0.4;

export interface Pictures {
  readonly element: HTMLElement;
  /** To be called once it is on the page. */
  readonly ready: () => void;
  /** Show another kernel; with null, the model's own. */
  readonly show: (kernel: Float32Array | null) => void;
  /** The class in the large picture, and the one that the visitor picked; of its rows, the one that fits the input best. */
  readonly choose: (shown: number | null, picked: number | null, input: Float32Array | null) => void;
  /** Lay the outline of an input over the large picture; null takes it away. */
  readonly outline: (input: Float32Array | null) => void;
}

/** @param below Elements below the small pictures. */
export function createPictures(subject: Subject, store: Store, below: readonly HTMLElement[]): Pictures {
  const { linear, image, labels, styles } = subject;
  const large = createPixels("weight", "weights-large");
  const legend = createLegend();
  const outline = createSvg("path", {});
  const viewBox = `0 0 ${image.width} ${image.height}`;
  large.frame.append(createSvg("svg", { viewBox, class: "outline", "aria-hidden": "true" }, outline));
  const small = labels.map((label, index) => {
    const pictures = Array.from({ length: styles }, () => createPixels("weight"));
    const ways = create("div", "template-ways", ...pictures.map(({ frame }) => frame));
    ways.style.setProperty("--columns", String(Math.ceil(Math.sqrt(styles))));
    const press = () => {
      pick(store, index);
    };
    const name = create("span", "template-name", label);
    name.setAttribute("aria-hidden", "true"); // the picture says it
    const button = createButton("template", press, ways, name);
    explainOnPoint(store, button, index);
    return { pictures, button };
  });
  const list = create("ol", "templates", ...small.map(({ button }) => create("li", "", button)));
  const one = create("div", "weights-one", large.figure, legend.element);
  let kernel = linear.kernel;
  let most = 1;
  let shown = 0; // a row

  const nameOf = (row: number) => {
    const [low, high] = weightsOf(kernel, linear.outputs, row).reduce(
      ([a, b], w) => [Math.min(a, w), Math.max(b, w)],
      [0, 0],
    );
    return say.weights.picture(nameOfRow(subject, row), signed(low), signed(high));
  };
  const showLarge = () => {
    large.show(image, weightsOf(kernel, linear.outputs, shown), most, nameOf(shown));
    setText(large.caption, say.weights.of(nameOfRow(subject, shown)));
  };

  function show(other: Float32Array | null): void {
    kernel = other ?? linear.kernel;
    most = largestOf(kernel);
    for (const [row, picture] of small.flatMap(({ pictures }) => pictures).entries()) {
      picture.show(image, weightsOf(kernel, linear.outputs, row), most, nameOf(row));
    }
    legend.show(most, say.weights.weights);
    showLarge();
  }

  return {
    element: create("div", "weights-both", one, create("div", "", list, ...below)),
    ready() {
      rove(list);
      show(null);
    },
    show,
    choose(next, picked, input) {
      const ways = waysOf(input ? scoresOf(linear, input) : linear.bias, styles);
      for (const [index, { pictures, button }] of small.entries()) {
        button.classList.toggle("shown", index === next);
        button.setAttribute("aria-pressed", String(index === picked));
        for (const [way, { frame }] of pictures.entries()) {
          frame.classList.toggle("best", styles > 1 && index * styles + way === ways[index]!.row);
        }
      }
      const { row } = ways[next ?? 0]!;
      if (row === shown) return;
      shown = row;
      showLarge();
    },
    outline(input) {
      const edge = EDGE * (input ? largestOf(input) : 1);
      outline.setAttribute("d", input ? outlineOf(input, image.width, image.height, edge) : "");
    },
  };
}
