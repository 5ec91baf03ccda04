// The page's pad, with its undo and clear buttons. Publishes `ink`, `placed` and `drawing`.
import { BLANK, type PadImage } from "../../pad/drawing.ts";
import { paintFitted } from "../../pad/image.ts";
import { createPad } from "../../pad/pad.ts";
import { isDarkOnBright, takesPhotos } from "../../runtime/manifest.ts";
import type { Prediction } from "../../runtime/types.ts";
import { onThemeChange, paintTestImage } from "../colours.ts";
import { context2d, create, find, setText } from "../dom.ts";
import { say } from "../language.ts";
import { keepPixels } from "./kept-pixels.ts";
import type { Placed, Store } from "../state.ts";
import type { PageDrawing } from "./page-drawing.ts";

export function mountPad(root: ParentNode, store: Store, drawing: PageDrawing): void {
  const box = find(root, ".pad");
  const canvas = find(box, "canvas", HTMLCanvasElement);
  const caption = find(box, ".pad-caption");
  const note = find(box, ".pad-note");
  const hint = find(box, ".pad-hint");
  const original = attributesOf(canvas); // as in index.html
  const undo = find(root, ".undo");
  const clear = find(root, ".clear");
  const pad = createPad(canvas, drawing);
  const readPixels = keepPixels(drawing);
  let size = { width: 1, height: 1 }; // of the model's images, in pixels
  let dark = false; // and whether the data set has them dark on bright
  let earlier: Prediction | null = null; // the answer to the previous content of the pad

  function publish(): void {
    const { current, image, isBlank, sample, takesStrokes } = drawing;
    box.classList.toggle("used", !isBlank);
    box.classList.toggle("sample", sample !== null);
    if (takesStrokes) setText(hint, sample === null ? say.draw.hint : say.draw.yourTurn);
    // Not `disabled`: a button that is pressed and then disabled would lose the keyboard focus.
    undo.setAttribute("aria-disabled", String(!drawing.canUndo));
    clear.setAttribute("aria-disabled", String(isBlank));
    const { ink } = pad;
    setTimeout(() =>
      document.documentElement.classList.toggle("drawing", drawing.current !== null),
    ); // panels.css
    store.update({
      ink: ink && { ...ink, read: () => readPixels(ink), suffices: drawing.suffices },
      placed: image?.placed ?? null,
      drawing: current !== null || sample === "coming",
      sample: sample !== null,
      ...(sample === null && { note: "" }), // it was about the previous content
    });
  }
  drawing.watch(publish);

  store.watch(["model"], ({ model }) => {
    if (!model) return; // nothing moves while another model is loading
    const { width, height } = model.manifest.input.image ?? size;
    size = { width, height };
    dark = isDarkOnBright(model.manifest);
    if (drawing.isBlank) pad.repaint(); // the first time takes a while: not during the first stroke
    const photos = takesPhotos(model.manifest);
    if (photos !== drawing.takesStrokes) return;
    drawing.takesStrokes = !photos;
    box.classList.toggle("photos", photos);
    setText(hint, photos ? say.draw.choose : say.draw.hint);
    const attributes = photos
      ? [["role", "button"] as const, ["aria-label", say.draw.choose] as const]
      : original;
    for (const [name] of attributesOf(canvas)) canvas.removeAttribute(name);
    for (const [name, value] of attributes) canvas.setAttribute(name, value);
    if (photos && !drawing.image) drawing.replace(BLANK); // the model does not read strokes
  });
  // Another panel puts an image here, or takes it away.
  store.watch(["placed"], ({ placed, prediction }) => {
    const shown = drawing.image?.placed;
    earlier = prediction;
    if (!placed) {
      if (shown) drawing.clear();
    } else if (placed !== shown) {
      const sheet: PadImage & { readonly placed: Placed } = {
        placed,
        paint(screen, side) {
          const canvas = create("canvas", "");
          Object.assign(canvas, size);
          paintTestImage(context2d(canvas), placed.picture, dark && !placed.changed);
          paintFitted(screen, side, canvas);
        },
      };
      if (shown && placed.changed?.continues === shown) drawing.replace(sheet);
      else drawing.put(sheet);
    }
  });
  store.watch(["placed", "prediction"], ({ placed, prediction }) => {
    // The true label appears after the answer, so that the visitor can guess first.
    const isNew = prediction !== null && prediction !== earlier;
    if (!placed || !isNew) setText(caption, "");
    else if (placed.labelIndex === null) setText(caption, `${placed.caption}.`);
    else {
      const { right, wrong } = say.draw;
      setText(
        caption,
        `${placed.caption}. ${prediction.labelIndex === placed.labelIndex ? right : wrong}`,
      );
    }
  });
  store.watch(["note"], (state) => {
    setText(note, state.note);
  });

  undo.addEventListener("click", () => {
    drawing.undo();
  });
  clear.addEventListener("click", () => {
    drawing.clear();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return; // the pad has the focus, and has done it
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
      return;
    if (event.target instanceof HTMLInputElement) return; // that field has an undo of its own
    event.preventDefault();
    drawing.undo();
  });
  onThemeChange(canvas, () => {
    pad.repaint();
  });
  publish();
}

/** The attributes that describe the pad to assistive technology. */
const attributesOf = (canvas: Element): (readonly [string, string])[] =>
  Array.from(canvas.attributes, ({ name, value }) => [name, value] as const).filter(([name]) =>
    /^(role|aria-)/.test(name),
  );
