// The pictures of the film, with their captions and switches.
import { inkRamp, onThemeChange, paintPhoto, paintValues } from "../colours.ts";
import { context2d, create, setText } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import type { Picture } from "../../runtime/preprocess/photos.ts";
import type { Caption } from "./captions.ts";
import type { Answer } from "./player.ts";

/** A picture of fewer pixels is enlarged with hard edges, so that one can count them. */
const FINE = 100;

export interface Shot {
  readonly element: HTMLElement;
  /**
   * @param words The step's effect and finding, or that it is off.
   * @param answer If the preparation ended here.
   */
  readonly show: (picture: Picture | null, words: string, isOn: boolean, answer: Answer | null) => void;
  /** Mark the answer if it is another one. */
  readonly compare: (final: Answer | null) => void;
}

/**
 * @param longest The longest words that it will show: room is kept for them, so that nothing below moves.
 * @param isInk True if its numbers are ink, rather than brightness or colours.
 * @param onSwitch Null for a step that cannot be switched off.
 */
export function createShot(
  { title }: Caption,
  longest: string,
  isInk: boolean,
  onSwitch: ((isOn: boolean) => void) | null,
): Shot {
  const canvas = create("canvas", "shot-picture");
  canvas.setAttribute("role", "img");
  let context: CanvasRenderingContext2D | null = null;
  let shown: Picture | null = null;

  const paint = () => {
    context ??= context2d(canvas);
    if (!shown) context.clearRect(0, 0, canvas.width, canvas.height);
    else if (isInk) paintValues(context, shown.data, inkRamp(), 0);
    else paintPhoto(context, shown.data);
  };
  onThemeChange(canvas, paint);

  const box = create("input", "");
  box.type = "checkbox";
  box.setAttribute("role", "switch");
  box.addEventListener("change", () => onSwitch?.(box.checked));
  const name = onSwitch ? create("label", "shot-title", box, title) : create("p", "shot-title", title);
  const size = create("span", "shot-size");
  size.setAttribute("aria-hidden", "true"); // the picture's name says it
  const [label, share] = [create("b", ""), create("span", "shot-share")];
  const words = create("span", "");
  const room = create("p", "shot-words", words);
  room.dataset["longest"] = longest;
  const element = create(
    "li",
    "shot",
    name,
    create("div", "shot-frame", canvas),
    create("p", "shot-answer", create("span", "", label, " ", share), size),
    room,
  );

  return {
    element,
    show(picture, text, isOn, answer) {
      shown = picture;
      box.checked = isOn;
      element.classList.toggle("off", !isOn);
      if (picture && canvas.width !== picture.width) canvas.width = picture.width;
      if (picture && canvas.height !== picture.height) canvas.height = picture.height;
      canvas.classList.toggle("fine", canvas.width + canvas.height > 2 * FINE);
      paint();
      const pixels = picture ? say.gets.size(whole(picture.width), whole(picture.height)) : "";
      canvas.setAttribute("aria-label", picture ? say.gets.picture(title, pixels) : say.gets.noPicture(title));
      setText(size, pixels);
      setText(words, text);
      setText(label, answer?.label ?? "\u2013");
      setText(share, answer?.share ?? "");
    },
    compare(final) {
      label.classList.toggle("other", final !== null && share.textContent !== "" && label.textContent !== final.label);
    },
  };
}
