// The pad shows the drawing, with its undo and clear buttons. Publishes `ink`, `placed` and `drawing`.
import { takesPhotos } from "../../runtime/manifest.ts";
import { inkRamp, onThemeChange, paintValues } from "../colours.ts";
import { context2d, create, find, setText } from "../dom.ts";
import { CHOOSE } from "../format.ts";
import type { Prediction } from "../../runtime/types.ts";
import type { Ink, Store } from "../state.ts";
import { BLANK, isBlank, type Drawing } from "./drawing.ts";
import { boxOf, paintStroke } from "../../pad/strokes.ts";

/** Side of the canvas that the model reads, in pixels: fine enough for 28 × 28, quick to read, the same on every screen. */
const INK_SIDE = 280;
/** Behind an image that lets it through: ink of any colour can be seen on it. */
const BACKING = "#888";

export function mountPad(root: ParentNode, store: Store, drawing: Drawing): void {
  const pad = find(root, ".pad");
  const canvas = find(pad, "canvas", HTMLCanvasElement);
  const caption = find(pad, ".pad-caption");
  const note = find(pad, ".pad-note");
  const hint = find(pad, ".pad-hint");
  const drawn = { hint: [...hint.childNodes], attributes: attributesOf(canvas) }; // as the page has them
  const undo = find(root, ".undo");
  const clear = find(root, ".clear");
  const screen = context2d(canvas);
  const ink = context2d(blankCanvas(INK_SIDE, INK_SIDE), { willReadFrequently: true });
  let width = 1; // of the model's pictures, in pixels
  let earlier: Prediction | null = null; // the answer to what lay here before

  const everywhere = (paint: (context: CanvasRenderingContext2D, side: number) => void) => {
    paint(screen, canvas.width);
    paint(ink, INK_SIDE);
  };

  function inked(): Ink | null {
    if (drawing.sheet.kind === "image" && !drawing.current) {
      const { context } = drawing.sheet;
      const { width, height } = context.canvas;
      return { context, box: { x: 0, y: 0, width, height } };
    }
    const box = boxOf(drawing.strokes, INK_SIDE);
    return box && { context: ink, box };
  }

  function publish(): void {
    const { sheet, current } = drawing;
    const blank = isBlank(sheet) && !current;
    pad.classList.toggle("used", !blank);
    // Not `disabled`: a button that is pressed and then disabled would lose the keyboard's focus.
    undo.setAttribute("aria-disabled", String(!drawing.canUndo && !current));
    clear.setAttribute("aria-disabled", String(blank));
    store.update({
      ink: inked(),
      placed: sheet.kind === "placed" && !current ? sheet.placed : null,
      drawing: current !== null,
      note: "", // it was about what lay here before
    });
  }

  /** A picture in the middle of the screen's canvas, as large as fits; one that grows keeps its pixels. */
  function paintPicture(picture: HTMLCanvasElement): void {
    const side = canvas.width;
    const scale = side / Math.max(picture.width, picture.height);
    const [across, down] = [picture.width * scale, picture.height * scale];
    const [left, top] = [(side - across) / 2, (side - down) / 2];
    screen.imageSmoothingEnabled = scale < 1;
    screen.imageSmoothingQuality = "high";
    screen.fillStyle = BACKING;
    screen.fillRect(left, top, across, down);
    screen.drawImage(picture, left, top, across, down);
  }

  function repaint(): void {
    const { sheet, current } = drawing;
    everywhere((context, side) => {
      context.clearRect(0, 0, side, side);
    });
    if (!current && sheet.kind === "image") paintPicture(sheet.context.canvas);
    if (!current && sheet.kind === "placed") {
      const { picture } = sheet.placed;
      const context = context2d(blankCanvas(width, picture.length / width));
      paintValues(context, picture, inkRamp(), 0);
      paintPicture(context.canvas);
    }
    screen.fillStyle = screen.strokeStyle = getComputedStyle(canvas).color;
    everywhere((context, side) => {
      for (const stroke of drawing.strokes) paintStroke(context, stroke, side, { ended: stroke !== current });
    });
  }

  drawing.watch((change) => {
    const { current } = drawing;
    if (change.kind === "sheet" || !current) repaint();
    else {
      everywhere((context, side) => {
        paintStroke(context, current, side, { from: change.from, ended: false });
      });
    }
    publish();
  });

  store.watch(["model"], ({ model }) => {
    if (!model) return; // while another one is loaded, nothing moves
    width = model.manifest.input.image?.width ?? width;
    const photos = takesPhotos(model.manifest);
    if (photos !== drawing.takesStrokes) return;
    drawing.takesStrokes = !photos;
    pad.classList.toggle("photos", photos);
    hint.replaceChildren(...(photos ? [CHOOSE] : drawn.hint));
    const attributes = photos ? [["role", "button"] as const, ["aria-label", CHOOSE] as const] : drawn.attributes;
    for (const [name] of attributesOf(canvas)) canvas.removeAttribute(name);
    for (const [name, value] of attributes) canvas.setAttribute(name, value);
    if (photos && drawing.sheet.kind === "strokes") drawing.replace(BLANK); // it reads no strokes
  });
  // Another panel puts an image here, or takes it away.
  store.watch(["placed"], ({ placed, prediction }) => {
    const { sheet, current } = drawing;
    earlier = prediction;
    if (placed && !(sheet.kind === "placed" && sheet.placed === placed)) drawing.put({ kind: "placed", placed });
    else if (!placed && sheet.kind === "placed" && !current) drawing.clear();
  });
  store.watch(["placed", "prediction"], ({ placed, prediction }) => {
    // The truth comes after the answer, so that the visitor can guess along.
    const isRight = prediction?.labelIndex === placed?.labelIndex;
    const isNew = prediction !== null && prediction !== earlier;
    setText(caption, placed && isNew ? `${placed.caption}. ${isRight ? "Right." : "Wrong."}` : "");
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
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return; // that field's own undo
    event.preventDefault();
    drawing.undo();
  });

  // The pad fits the screen's own pixels, also after zooming or turning the device.
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side === canvas.width) return;
    canvas.width = canvas.height = side;
    repaint();
  }).observe(canvas);
  onThemeChange(canvas, repaint);
  publish();
}

/** What tells those who listen what the pad is. */
const attributesOf = (canvas: Element): (readonly [string, string])[] =>
  Array.from(canvas.attributes, ({ name, value }) => [name, value] as const).filter(([name]) =>
    /^(role|aria-)/.test(name),
  );

function blankCanvas(width: number, height: number): HTMLCanvasElement {
  const canvas = create("canvas", "");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
