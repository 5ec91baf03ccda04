// The pad of the visitor's own classes: a pointer or the keyboard draws on it, and an image can be put there.
import { toPixels } from "../../embed/pixels.ts";
import { Drawing } from "../../pad/drawing.ts";
import { imageOf } from "../../pad/image.ts";
import { createPad, type Pad } from "../../pad/pad.ts";
import { onThemeChange } from "../colours.ts";
import { create, createButton, rich } from "../dom.ts";
import { say } from "../language.ts";
import { mountKeyboard } from "../pad-keyboard.ts";

export interface Desk {
  readonly element: HTMLElement;
  readonly drawing: Drawing;
  readonly pad: Pad;
}

/** @param tell Shows and announces a sentence. */
export function createDesk(section: HTMLElement, tell: (words: string) => void): Desk {
  const words = say.own.desk;
  const canvas = create("canvas", "pad-canvas");
  canvas.tabIndex = 0;
  for (const [name, value] of [
    ["role", "application"],
    ["aria-roledescription", words.role],
    ["aria-label", words.label],
    ["aria-describedby", "own-keys"],
  ] as const) {
    canvas.setAttribute(name, value);
  }
  const hint = create("p", "pad-hint", words.hint);
  hint.setAttribute("aria-hidden", "true");
  const keys = create("p", "pad-keys");
  keys.id = "own-keys";
  keys.append(...rich(words.keys, { space: create("kbd", "", words.space), delete: create("kbd", "", words.delete) }));
  const place = create("p", "unseen pad-place");
  place.setAttribute("role", "status");
  const box = create("div", "pad", canvas, hint, create("div", "pad-cursor"), keys, place);

  const drawing = new Drawing();
  const undo = createButton(
    "action",
    () => {
      drawing.undo();
    },
    words.undo,
  );
  const clear = createButton(
    "action",
    () => {
      drawing.clear();
    },
    words.clear,
  );
  const show = async (files: Iterable<File> | null) => {
    const [file] = [...(files ?? [])].filter(({ type }) => type.startsWith("image/"));
    if (!file) return;
    try {
      drawing.put(imageOf(await toPixels(file)));
    } catch {
      tell(words.unreadable(file.name));
    }
  };
  const tools = create("div", "buttons", undo, clear, chooser(words.image, null, show));
  // It opens the camera of a phone, which needs no permission of the page; elsewhere it would choose a file once more.
  if (matchMedia("(pointer: coarse)").matches) tools.append(chooser(words.camera, "environment", show));
  takeFiles(section, box, show);

  const element = create("div", "own-desk", box, tools);
  const pad = createPad(canvas, drawing);
  mountKeyboard(element, drawing);
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

/** A button that asks for an image. */
function chooser(text: string, capture: string | null, show: (files: FileList | null) => Promise<void>): HTMLElement {
  const input = create("input", "");
  Object.assign(input, { type: "file", accept: "image/*", hidden: true });
  if (capture) input.setAttribute("capture", capture);
  input.addEventListener("change", () => {
    void show(input.files).then(() => {
      input.value = ""; // so that the same file can be chosen again
    });
  });
  const open = () => {
    input.click();
  };
  return create("span", "own-chooser", createButton("action", open, text), input);
}

/** Images that are pasted while the focus is in the section, or dropped on the pad, are not for the pad at the top. */
function takeFiles(section: HTMLElement, box: HTMLElement, show: (files: FileList | null) => Promise<void>): void {
  const paste = (event: ClipboardEvent) => {
    const files = event.clipboardData?.files;
    if (!files?.length || !section.contains(document.activeElement)) return;
    event.preventDefault();
    event.stopPropagation();
    void show(files);
  };
  addEventListener("paste", paste, { capture: true });
  for (const type of ["dragover", "drop"] as const) {
    box.addEventListener(type, (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (type === "drop") void show(event.dataTransfer?.files ?? null);
    });
  }
}
