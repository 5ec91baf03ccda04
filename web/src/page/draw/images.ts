// An image of the visitor's own: chosen, pasted, or dropped on the pad. It takes the place of the drawing, and goes through
// the same steps. It stays on this device: the address never holds it.
import { toPixels } from "../../embed/pixels.ts";
import { context2d, create, find } from "../dom.ts";
import type { Store } from "../state.ts";
import type { Drawing } from "./drawing.ts";

export function mountImages(root: ParentNode, store: Store, drawing: Drawing): void {
  const pad = find(root, ".pad");
  const button = find(root, ".choose-image");
  const input = find(root, ".image-file", HTMLInputElement);
  let requests = 0;

  async function lay(files: readonly File[]): Promise<void> {
    const request = ++requests;
    const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
    if (!file) return;
    try {
      const { data, width, height } = await toPixels(file);
      if (request !== requests) return; // another one was asked for meanwhile
      const canvas = create("canvas", "");
      Object.assign(canvas, { width, height });
      const context = context2d(canvas, { willReadFrequently: true });
      context.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
      drawing.put({ kind: "image", context });
    } catch {
      // Whatever the reason, for the visitor it is this; the drawing stays.
      if (request !== requests) return;
      const name = file.name === "" ? "That" : `“${file.name}”`;
      store.update({ note: `${name} is no image that this browser can read. Try a PNG or JPEG file.` });
    }
  }

  button.addEventListener("click", () => {
    input.click();
  });
  // Where nothing is drawn, the pad is a button for this.
  const canvas = find(pad, ".pad-canvas");
  canvas.addEventListener("click", () => {
    if (!drawing.takesStrokes) input.click();
  });
  input.addEventListener("change", () => {
    void lay([...(input.files ?? [])]);
    input.value = ""; // the same file can be chosen again
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return; // text is no concern of the pad
    event.preventDefault();
    void lay(files);
  });

  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") === true;
  const isOverPad = ({ target }: Event) => target instanceof Node && pad.contains(target);
  document.addEventListener("dragover", (event) => {
    const accepts = hasFiles(event) && isOverPad(event);
    pad.classList.toggle("dragged-over", accepts);
    if (!event.dataTransfer || event.target instanceof HTMLInputElement) return;
    // Prevented everywhere: what is dropped beside the pad would otherwise be opened in place of this page.
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
    if (isOverPad(event)) void lay([...(event.dataTransfer?.files ?? [])]);
  });
}
