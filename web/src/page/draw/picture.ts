// "What the model sees": the result of preprocessing the drawing or photo.
import { takesPhotos } from "../../runtime/manifest.ts";
import { inkRamp, onThemeChange, paintPhoto, paintValues } from "../colours.ts";
import { context2d, find } from "../dom.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";

export function mountPicture(root: ParentNode, store: Store): void {
  const canvas = find(root, ".picture canvas", HTMLCanvasElement);
  const context = context2d(canvas);

  function paint(): void {
    const { model, prediction } = store.state;
    const { height, width } = model?.manifest.input.image ?? canvas;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const photos = model !== null && takesPhotos(model.manifest);
    const picture = prediction?.picture;
    if (photos && picture) paintPhoto(context, picture);
    else paintValues(context, picture ?? [], inkRamp(), 0);
    const { seenNothing, seenPhoto, seenDrawing } = say.draw;
    const name = prediction ? (photos ? seenPhoto : seenDrawing)(width, height) : seenNothing;
    if (canvas.getAttribute("aria-label") !== name) canvas.setAttribute("aria-label", name);
  }

  store.watch(["model", "prediction"], paint);
  onThemeChange(canvas, paint);
}
