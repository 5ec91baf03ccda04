// "What the model sees": the result of preprocessing the drawing or photo.
import { takesPhotos } from "../../runtime/manifest.ts";
import { inkRamp, onThemeChange, paintPhoto, paintValues } from "../colours.ts";
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
    const photos = model !== null && takesPhotos(model.manifest);
    const picture = prediction?.picture;
    if (photos && picture) paintPhoto(context, picture);
    else paintValues(context, picture ?? [], colours, 0);
    const source = photos ? "photo" : "drawing";
    const what = prediction ? `your ${source} as ${width} by ${height} pixels` : "nothing yet";
    canvas.setAttribute("aria-label", `What the model sees: ${what}`);
  }

  store.watch(["model", "prediction"], paint);
  onThemeChange(canvas, () => {
    colours = inkRamp();
    paint();
  });
}
