// Pictures of the reader's own, on the element's pad: chosen, pasted or dropped. They stay on this device.
import type { Pixels } from "../runtime/types.ts";
import type { InteractionHost } from "./interactions.ts";
import type { Laid } from "./pad.ts";
import { toPixels } from "./pixels.ts";

/** The parts of an element that take pictures. */
export interface PictureHost {
  readonly pad: Pad;
  /** The whole: what is pasted while the pointer or the keyboard's focus is here is meant for it. */
  readonly root: HTMLElement;
  /** Where the pad lies, and pictures are dropped. */
  readonly padBox: HTMLElement;
  /** A file was no picture. */
  refuse(): void;
}

/** @returns What lets the reader choose a file. On a phone that offers the camera too: `capture` would leave nothing else. */
export function takePictures(element: InteractionHost): () => void {
  const { root, pad, padBox } = element;
  let requests = 0;

  async function take(files: FileList): Promise<void> {
    const request = ++requests;
    const all = [...files];
    const file = all.find(({ type }) => type.startsWith("image/")) ?? all[0];
    if (!file) return;
    let picture: Laid | null = null;
    try {
      picture = laid(await toPixels(file));
    } catch {
      // Whatever the reason, for the reader it is this.
    }
    if (request !== requests) return; // another one was asked for meanwhile
    if (picture) pad.lay(picture);
    else element.refuse();
  }

  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*";
  input.hidden = true;
  input.onchange = () => {
    void take(input.files!);
    input.value = ""; // the same file can be chosen again
  };
  root.append(input);

  const paste = (event: ClipboardEvent): void => {
    const files = event.clipboardData?.files;
    if (!files?.length || event.defaultPrevented) return; // text is no concern of the pad
    event.preventDefault();
    void take(files);
  };
  root.addEventListener("paste", paste);
  // Whoever works with a mouse has the focus nowhere. Only while the pointer is here: the page has other places to paste.
  const pasteHere = (event: ClipboardEvent): void => {
    if (!root.isConnected) document.removeEventListener("paste", pasteHere);
    else if (event.target === document.body) paste(event);
  };
  const enter = (root.onpointerenter = () => {
    document.addEventListener("paste", pasteHere);
  });
  if (root.matches(":hover")) enter(); // it came before this part did
  root.onpointerleave = () => {
    document.removeEventListener("paste", pasteHere);
  };

  const hover = (event: DragEvent, over: boolean): void => {
    const files = event.dataTransfer?.types.includes("Files") === true;
    padBox.classList.toggle("dragged", files && over);
    if (files) event.preventDefault(); // the browser would open it in place of the page
  };
  padBox.ondragover = (event) => {
    hover(event, true);
  };
  padBox.ondragleave = padBox.ondrop = (event) => {
    hover(event, false);
    if (event.type === "drop") void take(event.dataTransfer!.files);
  };
  return () => {
    input.click();
  };
}

function laid(pixels: Pixels): Laid {
  const { data, width, height } = pixels;
  const picture = Object.assign(document.createElement("canvas"), { width, height });
  picture.getContext("2d")!.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
  return {
    pixels,
    paint(context, side) {
      const scale = side / Math.max(width, height);
      context.imageSmoothingQuality = "high";
      const [across, down] = [width * scale, height * scale];
      context.drawImage(picture, (side - across) / 2, (side - down) / 2, across, down);
    },
  };
}
