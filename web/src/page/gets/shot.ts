// One step of the film: its name and switch, its picture, and the answer if the switch were turned.
import { create, setText } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import { createPixels, type PixelPicture } from "../pixels.ts";
import type { Picture } from "../../runtime/preprocess/photos.ts";
import { largestOf } from "../subject.ts";

export type Kind = "ink" | "photo";
export type Shot = ReturnType<typeof createShot>;

/** A picture of fewer pixels has hard edges, so that one can count them. */
const FINE = 100;

/** Show a picture whose numbers are within 0..1, or multiplied. */
export function showIn(
  { frame, show }: PixelPicture,
  picture: Picture | null,
  title: string,
): void {
  const { width, height, data } = picture ?? { width: 1, height: 1, data: [] };
  const name = say.gets.picture(title, picture && `${whole(width)} × ${whole(height)}`);
  show({ width, height }, data, picture ? Math.max(1, largestOf(picture.data)) : 1, name);
  frame.classList.toggle("fine", width + height > 2 * FINE);
}

/**
 * @param side Of the model's pictures, in pixels: a smaller one is shown smaller.
 * @param onSwitch Null for a step that cannot be switched off.
 */
export function createShot(
  { title, does }: { readonly title: string; readonly does: string },
  kind: Kind,
  side: number,
  onSwitch: ((isOn: boolean) => void) | null,
) {
  const [picture, before] = [createPixels(kind), createPixels(kind)];
  before.frame.classList.add("before");
  before.frame.setAttribute("aria-hidden", "true");
  picture.frame.append(before.frame);
  picture.caption.append(does);
  const box = create("input", "switch");
  box.type = "checkbox";
  box.setAttribute("role", "switch");
  box.addEventListener("change", () => onSwitch?.(box.checked));
  const name = onSwitch
    ? create("label", "shot-name", title, box)
    : create("p", "shot-name", title);
  const [turned, label, share] = [create("span", ""), create("b", ""), create("span", "")];
  const other = create("p", "shot-other note", turned, " ", label, share);
  const element = create("li", "shot", name, picture.figure, ...(onSwitch ? [other] : []));

  return {
    element,
    /** @param earlier The picture before this step. */
    show(taken: Picture | null, earlier: Picture | null, isOn: boolean) {
      for (const [place, shown] of [[picture, taken] as const, [before, earlier] as const]) {
        showIn(place, shown, title);
        const share = shown ? Math.max(shown.width, shown.height) / side : 1;
        place.frame.style.setProperty("--share", String(Math.min(1, share)));
      }
      box.checked = isOn;
      element.classList.toggle("off", !isOn);
    },
    /** Show how the earlier picture becomes this one. */
    play(delay: number, duration: number) {
      const fade = { opacity: [1, 0], visibility: ["visible", "visible"] };
      before.frame.animate(fade, { delay, duration, fill: "backwards", easing: "ease-in-out" });
    },
    /** @param isOther True if it is not the answer to what is on the pad. */
    tell(
      words: string,
      [answer, probability]: readonly [label: string, share: string],
      isOther: boolean,
    ) {
      setText(turned, words);
      setText(label, answer);
      setText(share, probability && `, ${probability}`);
      label.classList.toggle("other", isOther);
    },
  };
}
