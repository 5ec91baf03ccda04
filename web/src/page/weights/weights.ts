// The weights of a linear model as pictures, all on one scale, so that they can be compared.
import { onThemeChange, paintValues, weightRamp } from "../colours.ts";
import { context2d, create, find } from "../dom.ts";
import { signed } from "../format.ts";
import { shownClass, type Store } from "../state.ts";

export function mountWeights(root: ParentNode, store: Store): void {
  const list = find(root, ".templates");
  const legend = find(root, ".legend");
  const scale = context2d(find(legend, "canvas", HTMLCanvasElement));
  let templates: { readonly figure: HTMLElement; readonly context: CanvasRenderingContext2D }[] = [];
  let weights: readonly Float32Array[] = []; // of each class, divided by the largest of all
  const ramp = Array.from({ length: scale.canvas.width }, (_, x) => (2 * x) / (scale.canvas.width - 1) - 1);

  function paint(): void {
    const colours = weightRamp();
    for (const [index, { context }] of templates.entries()) {
      paintValues(context, weights[index] ?? [], colours, -1);
    }
    paintValues(scale, ramp, colours, -1);
  }

  store.watch(["model"], ({ model }) => {
    const linear = model?.linear;
    const image = model?.manifest.input.image;
    if (!model || !linear || !image) {
      templates = [];
      weights = [];
      list.replaceChildren();
      return;
    }
    const { kernel, inputs, outputs } = linear;
    const largest = kernel.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    weights = model.labels.map((_, column) =>
      Float32Array.from({ length: inputs }, (_, row) => (kernel[row * outputs + column] ?? 0) / (largest || 1)),
    );
    templates = model.labels.map((label, index) => {
      const canvas = create("canvas", "pixels");
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.setAttribute("role", "img");
      const values = weights[index] ?? [];
      const ends = [Math.min(...values), Math.max(...values)].map((end) => signed(end * largest)).join(" to ");
      canvas.setAttribute("aria-label", `Weights for ${label}, from ${ends}`);
      const figure = create("figure", "template", canvas, create("figcaption", "", label));
      // The same for the keyboard is offered by the bars.
      figure.addEventListener("pointerenter", () => {
        store.update({ pointed: index });
      });
      figure.addEventListener("pointerleave", () => {
        if (store.state.pointed === index) store.update({ pointed: null });
      });
      figure.addEventListener("click", () => {
        store.update({ picked: store.state.picked === index ? null : index });
      });
      return { figure, context: context2d(canvas) };
    });
    list.replaceChildren(...templates.map(({ figure }) => create("li", "", figure)));
    legend.setAttribute(
      "aria-label",
      `Scale of the weights: from ${signed(-largest)}, against, to ${signed(largest)}, for`,
    );
    find(legend, ".legend-low").textContent = signed(-largest);
    find(legend, ".legend-high").textContent = signed(largest);
    paint();
  });

  store.watch(["model", "prediction", "pointed", "picked"], (state) => {
    const shown = shownClass(state);
    for (const [index, { figure }] of templates.entries()) figure.classList.toggle("shown", index === shown);
  });
  onThemeChange(paint);
}
