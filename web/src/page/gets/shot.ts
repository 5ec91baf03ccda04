// One step of the film: its name and switch, its picture, and the answer if the switch were turned.
import { create, setText } from "../dom.ts";
import type { Picture } from "../../runtime/preprocess/photos.ts";
import { createPicture, type Kind } from "./picture.ts";

export type Shot = ReturnType<typeof createShot>;

/**
 * @param side Of the model's pictures, in pixels.
 * @param onSwitch Null for a step that cannot be switched off.
 */
export function createShot(
  { title, does }: { readonly title: string; readonly does: string },
  kind: Kind,
  side: number,
  onSwitch: ((isOn: boolean) => void) | null,
) {
  const picture = createPicture(kind, title, side);
  const before = createPicture(kind, "", side);
  before.canvas.setAttribute("aria-hidden", "true");
  before.canvas.classList.add("before");
  const box = create("input", "switch");
  box.type = "checkbox";
  box.setAttribute("role", "switch");
  box.addEventListener("change", () => onSwitch?.(box.checked));
  const name = onSwitch ? create("label", "shot-name", title, box) : create("p", "shot-name", title);
  const [turned, label, share] = [create("span", ""), create("b", ""), create("span", "")];
  const other = create("p", "shot-other", turned, " ", label, " ", share);
  const element = create(
    "li",
    "shot",
    name,
    create("div", "frame", picture.canvas, before.canvas),
    create("p", "", does),
    ...(onSwitch ? [other] : []),
  );

  return {
    element,
    /** @param earlier The picture before this step. */
    show(taken: Picture | null, earlier: Picture | null, isOn: boolean) {
      picture.show(taken);
      before.show(earlier);
      box.checked = isOn;
      element.classList.toggle("off", !isOn);
    },
    /** Show how the earlier picture becomes this one. */
    play(delay: number, duration: number) {
      before.canvas.animate({ opacity: [1, 0] }, { delay, duration, fill: "backwards", easing: "ease-in-out" });
    },
    /** @param isOther True if it is not the answer to what is on the pad. */
    tell(words: string, answer: readonly [label: string, share: string] | null, isOther: boolean) {
      setText(turned, words);
      setText(label, answer?.[0] ?? "");
      setText(share, answer?.[1] ?? "");
      label.classList.toggle("other", isOther);
    },
  };
}
