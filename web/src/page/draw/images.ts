// The visitor's own image: chosen, pasted, or dropped on the pad. It replaces the drawing and goes through the same steps. It
// never leaves the device, and is never part of the address.
import { toPixels } from "../../embed/pixels.ts";
import type { Drawing } from "../../pad/drawing.ts";
import { imageOf } from "../../pad/image.ts";
import { find } from "../dom.ts";
import { say } from "../language.ts";

/** @param tell Shows and announces a sentence. */
export function mountImages(root: ParentNode, drawing: Drawing, tell: (words: string) => void): void {
  const pad = find(root, ".pad");
  const button = find(root, ".choose-image");
  const input = find(root, ".image-file", HTMLInputElement);
  let requests = 0;

  async function show(files: readonly File[]): Promise<void> {
    const request = ++requests;
    const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
    if (!file) return;
    try {
      const pixels = await toPixels(file);
      if (request !== requests) return; // another one was chosen meanwhile
      drawing.put(imageOf(pixels));
    } catch {
      // The visitor is told the same whatever the reason. The drawing stays.
      if (request !== requests) return;
      const name = file.name === "" ? say.draw.thatFile : say.draw.named(file.name);
      tell(say.draw.notAnImage(name));
    }
  }

  button.addEventListener("click", () => {
    input.click();
  });
  // For models of photos, the pad is a button that does the same.
  const canvas = find(pad, ".pad-canvas");
  canvas.addEventListener("click", () => {
    if (!drawing.takesStrokes) input.click();
  });
  input.addEventListener("change", () => {
    void show([...(input.files ?? [])]);
    input.value = ""; // so that the same file can be chosen again
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return; // text is not for the pad
    event.preventDefault();
    void show(files);
  });

  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") === true;
  const isOverPad = ({ target }: Event) => target instanceof Node && pad.contains(target);
  document.addEventListener("dragover", (event) => {
    const accepts = hasFiles(event) && isOverPad(event);
    pad.classList.toggle("dragged-over", accepts);
    if (!event.dataTransfer || event.target instanceof HTMLInputElement) return;
    // Prevented everywhere: the browser would leave the page to open a file that is dropped beside the pad.
    event.preventDefault();
    event.dataTransfer.dropEffect = accepts ? "copy" : "none";
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null || isOverPad(event)) pad.classList.remove("dragged-over");
  });
  document.addEventListener("drop", (event) => {
    pad.classList.remove("dragged-over");
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    if (isOverPad(event)) void show([...(event.dataTransfer?.files ?? [])]);
  });
}
