// The weights of one class in a large picture, and those of all classes in small ones, from which to choose.
import { create, createButton, createSvg, setText } from "../dom.ts";
import { signed } from "../format.ts";
import { say } from "../language.ts";
import { outlineOf } from "../outline.ts";
import { createLegend, createPixels } from "../pixels.ts";
import { rove } from "../roving.ts";
import { explainOnPoint, pick, type Store } from "../state.ts";
import { largestOf, weightsOf, type Subject } from "../subject.ts";

/** As a fraction of the largest input value: where the edge of a stroke is. */
const EDGE = 0.4;

export interface Pictures {
  readonly element: HTMLElement;
  /** To be called once it is on the page. */
  readonly ready: () => void;
  /** Show another kernel; with null, the model's own. */
  readonly show: (kernel: Float32Array | null) => void;
  /** The class in the large picture, and the one that the visitor picked. */
  readonly choose: (shown: number | null, picked: number | null) => void;
  /** Lay the outline of an input over the large picture; null takes it away. */
  readonly outline: (input: Float32Array | null) => void;
}

/** @param below What stands below the small pictures. */
export function createPictures(
  { linear, image, labels }: Subject,
  store: Store,
  below: readonly HTMLElement[],
): Pictures {
  const large = createPixels("weight", "weights-large");
  const legend = createLegend();
  const outline = createSvg("path", {});
  const viewBox = `0 0 ${image.width} ${image.height}`;
  large.frame.append(createSvg("svg", { viewBox, class: "outline", "aria-hidden": "true" }, outline));
  const small = labels.map((label, index) => {
    const picture = createPixels("weight");
    const press = () => {
      pick(store, index);
    };
    const name = create("span", "template-name", label);
    name.setAttribute("aria-hidden", "true"); // the picture says it
    const button = createButton("template", press, picture.frame, name);
    explainOnPoint(store, button, index);
    return { picture, button };
  });
  const list = create("ol", "templates", ...small.map(({ button }) => create("li", "", button)));
  const one = create("div", "weights-one", large.figure, legend.element);
  let kernel = linear.kernel;
  let most = 1;
  let shown = 0;

  const nameOf = (index: number) => {
    const [low, high] = weightsOf(kernel, linear.outputs, index).reduce(
      ([a, b], w) => [Math.min(a, w), Math.max(b, w)],
      [0, 0],
    );
    return say.weights.picture(labels[index] ?? "", signed(low), signed(high));
  };
  const showLarge = () => {
    large.show(image, weightsOf(kernel, linear.outputs, shown), most, nameOf(shown));
    setText(large.caption, say.weights.of(labels[shown] ?? ""));
  };

  function show(other: Float32Array | null): void {
    kernel = other ?? linear.kernel;
    most = largestOf(kernel);
    for (const [index, { picture }] of small.entries()) {
      picture.show(image, weightsOf(kernel, linear.outputs, index), most, nameOf(index));
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
    choose(next, picked) {
      for (const [index, { button }] of small.entries()) {
        button.classList.toggle("shown", index === next);
        button.setAttribute("aria-pressed", String(index === picked));
      }
      if ((next ?? 0) === shown) return;
      shown = next ?? 0;
      showLarge();
    },
    outline(input) {
      const edge = EDGE * (input ? largestOf(input) : 1);
      outline.setAttribute("d", input ? outlineOf(input, image.width, image.height, edge) : "");
    },
  };
}
