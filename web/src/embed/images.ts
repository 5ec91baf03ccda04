// The reader's own images on the element's pad: chosen, pasted or dropped. They never leave the
// device.
import { BLANK, type PadImage } from "../pad/drawing.ts";
import { fetchRare } from "./fetch-rare.ts";
import type { ImageHost } from "./host.ts";
import { whole } from "./later-words.ts";

/**
 * @returns Opens the file dialogue. On phones it offers the camera too; with `capture` it would
 * offer nothing else.
 */
export function acceptImages(host: ImageHost): () => void {
  const { root, drawing, padBox } = host;
  let requests = 0;

  async function take(files: FileList): Promise<void> {
    const request = ++requests;
    const all = [...files];
    const file = all.find(({ type }) => type.startsWith("image/")) ?? all[0];
    if (!file) return;
    let image: PadImage | null = null;
    try {
      const { imageOf, toPixels } = await fetchRare();
      image = imageOf(await toPixels(file));
    } catch {
      // The reader is told the same whatever the reason.
    }
    if (request !== requests) return; // another one was chosen meanwhile
    if (!image) host.refused = whole(host).texts.unreadable;
    drawing.put(image ?? BLANK);
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
    if (!files?.length || event.defaultPrevented || padBox.inert) return; // text is not for the pad
    event.preventDefault();
    void take(files);
  };
  root.addEventListener("paste", paste);
  // Nothing has the focus while the mouse is used. Only while the pointer is here: the page has
  // other places to paste.
  const pasteHere = (event: ClipboardEvent): void => {
    if (!root.isConnected) document.removeEventListener("paste", pasteHere);
    else if (event.target === document.body) paste(event);
  };
  const enter = (root.onpointerenter = () => {
    document.addEventListener("paste", pasteHere);
  });
  if (root.matches(":hover")) enter(); // it arrived before this code did
  root.onpointerleave = () => {
    document.removeEventListener("paste", pasteHere);
  };

  const hover = (event: DragEvent, over: boolean): void => {
    const files = event.dataTransfer?.types.includes("Files") === true;
    padBox.classList.toggle("dragged", files && over);
    if (files) event.preventDefault(); // the browser would leave the page to open it
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
