// The weights of a linear model as images, all on the same scale, so that they can be compared.
import { onThemeChange, paintValues, weightRamp } from "../colours.ts";
import { context2d, create, createSvg, find } from "../dom.ts";
import { signed } from "../format.ts";
import { createLegend } from "../pixels.ts";
import { explainOnPoint, pick, shownClass, type Store } from "../state.ts";
import { largestOf } from "../subject.ts";
import { mountEpochs } from "./epochs.ts";
import { outlineOf } from "./outline.ts";

/** As a fraction of the largest input value: where the edge of a stroke is. */
const EDGE = 0.4;

interface Template {
  readonly figure: HTMLElement;
  readonly outline: SVGElement;
  readonly paint: () => void;
}

export function mountWeights(root: ParentNode, store: Store): void {
  const section = find(root, ".weights");
  const list = find(section, ".templates");
  const overlay = find(section, ".overlay");
  const legend = createLegend();
  list.after(legend.element);
  let templates: readonly Template[] = [];
  let kernel: Float32Array = new Float32Array(); // shown: the model's, or that of an earlier epoch
  let largest = 1;
  let overlaid = false;

  function paint(): void {
    for (const template of templates) template.paint();
  }

  function paintOutline(): void {
    const { model, prediction } = store.state;
    const image = model?.manifest.input.image;
    const input = overlaid && prediction ? prediction.input : new Float32Array();
    const most = input.reduce((a, b) => Math.max(a, b), 0);
    const path = image ? outlineOf(input, image.width, image.height, EDGE * most) : "";
    for (const { outline } of templates) outline.setAttribute("d", path);
  }

  store.watch(["model"], ({ model }) => {
    const linear = model?.linear;
    const image = model?.manifest.input.image;
    if (!model || !linear || image?.channels !== 1) {
      templates = [];
      list.replaceChildren();
      return;
    }
    kernel = linear.kernel;
    largest = largestOf(kernel) || 1;
    templates = model.labels.map((label, index) => {
      const canvas = create("canvas", "pixels");
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.setAttribute("role", "img");
      const weights = () => kernel.filter((_, place) => place % linear.outputs === index);
      const [low, high] = weights().reduce(([low, high], w) => [Math.min(low, w), Math.max(high, w)], [0, 0]);
      canvas.setAttribute("aria-label", `Weights for ${label}, from ${signed(low)} to ${signed(high)}`);
      const outline = createSvg("path", {});
      const viewBox = `0 0 ${image.width} ${image.height}`;
      const drawing = createSvg("svg", { viewBox, "aria-hidden": "true" }, outline);
      const picture = create("div", "template-picture", canvas, drawing);
      const figure = create("figure", "template", picture, create("figcaption", "", label));
      // For the keyboard, the bars and the buttons of the panel above do the same.
      explainOnPoint(store, figure, index);
      figure.addEventListener("click", () => {
        pick(store, index);
      });
      const context = context2d(canvas);
      const paint = () => {
        const shares = weights().map((weight) => weight / largest);
        paintValues(context, shares, weightRamp(), -1);
      };
      onThemeChange(canvas, paint);
      return { figure, outline, paint };
    });
    list.replaceChildren(...templates.map(({ figure }) => create("li", "", figure)));
    legend.show(largest, "weights");
    paint();
  });
  mountEpochs(section, store, (epoch) => {
    kernel = epoch ?? store.state.model?.linear?.kernel ?? kernel;
    paint();
  });

  overlay.addEventListener("click", () => {
    overlaid = !overlaid;
    overlay.setAttribute("aria-pressed", String(overlaid));
    paintOutline();
  });
  store.watch(["model", "prediction"], paintOutline);
  store.watch(["model", "prediction", "pointed", "picked"], (state) => {
    const shown = shownClass(state);
    for (const [index, { figure }] of templates.entries()) figure.classList.toggle("shown", index === shown);
  });
}
