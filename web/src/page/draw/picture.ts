// What the model sees: the picture that the drawing became.
import { inkRamp, onThemeChange, paintValues } from "../colours.ts";
import { context2d, find } from "../dom.ts";
import type { Store } from "../state.ts";

export function mountPicture(root: ParentNode, store: Store): void {
  const canvas = find(root, ".picture canvas", HTMLCanvasElement);
  const context = context2d(canvas);
  let colours = inkRamp();

  function paint(): void {
    const { model, prediction } = store.state;
    const { height, width } = model?.manifest.input.image ?? canvas;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    paintValues(context, prediction?.picture ?? [], colours, 0);
    const what = prediction ? `your drawing as ${width} by ${height} pixels` : "nothing yet";
    canvas.setAttribute("aria-label", `What the model sees: ${what}`);
  }

  store.watch(["model", "prediction"], paint);
  onThemeChange(() => {
    colours = inkRamp();
    paint();
  });
}
