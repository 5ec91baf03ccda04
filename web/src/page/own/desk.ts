// The pad of the visitor's own classes: a pointer or the keyboard draws on it, and an image can be
// put there.
import { Drawing } from "../../pad/drawing.ts";
import { createPad } from "../../pad/pad.ts";
import { onThemeChange } from "../colours.ts";
import { create, createButton } from "../dom.ts";
import { mountImages } from "../draw/images.ts";
import { say } from "../language.ts";
import { mountKeyboard } from "../pad-keyboard.ts";

/** @param tell Shows and announces a sentence. */
export function createDesk(tell: (words: string) => void) {
  const words = say.draw;
  const canvas = create("canvas", "pad-canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", words.padRole);
  canvas.setAttribute("aria-label", words.pad);
  canvas.setAttribute("aria-describedby", "own-keys");
  const hint = create("p", "pad-hint", words.hint);
  hint.setAttribute("aria-hidden", "true");
  const keys = create("p", "pad-keys", words.keys);
  keys.id = "own-keys";
  const place = create("p", "unseen pad-place");
  place.setAttribute("role", "status");
  const box = create("div", "pad", canvas, hint, create("div", "pad-cursor"), keys, place);

  const drawing = new Drawing();
  const undo = createButton("action", drawing.undo.bind(drawing), words.undo);
  const clear = createButton("action", drawing.clear.bind(drawing), words.clear);
  const file = Object.assign(create("input", "image-file"), {
    type: "file",
    accept: "image/*",
    hidden: true,
  });
  const image = create("button", "action choose-image", words.image);
  image.type = "button";
  const element = create(
    "div",
    "own-desk",
    box,
    create("div", "buttons", undo, clear, image, file),
  );
  const pad = createPad(canvas, drawing);
  mountKeyboard(element, drawing);
  mountImages(element, drawing, tell);
  onThemeChange(canvas, () => {
    pad.repaint();
  });
  const follow = () => {
    box.classList.toggle("used", !drawing.isBlank);
    undo.setAttribute("aria-disabled", String(!drawing.canUndo));
    clear.setAttribute("aria-disabled", String(drawing.isBlank));
  };
  drawing.watch(follow);
  follow();
  return { element, drawing, pad };
}
