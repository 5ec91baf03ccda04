// The visitor's own image. It replaces the drawing and goes through the same steps. It
// never leaves the device, and is never part of the address.
import { toPixels } from "../../embed/pixels.ts";
import type { Drawing } from "../../pad/drawing.ts";
import { imageOf } from "../../pad/image.ts";
import { find } from "../dom.ts";
import { say } from "../language.ts";

/** @param tell Shows and announces a sentence. */
export function mountImages(
  root: ParentNode,
  drawing: Drawing,
  tell: (words: string) => void,
): void {
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
  find(pad, ".pad-canvas").addEventListener("click", () => {
    if (!drawing.takesStrokes) input.click();
  });
  input.addEventListener("change", () => {
    void show([...(input.files ?? [])]);
    input.value = ""; // so that the same file can be chosen again
  });
}
