// A canvas with one pixel per number, as the model's own pictures are painted: ink on paper, or a photo.
import { inkRamp, onThemeChange, paintPhoto, paintValues } from "../colours.ts";
import { context2d, create } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import type { Picture } from "../../runtime/preprocess/photos.ts";
import { largestOf } from "../subject.ts";

export type Kind = "ink" | "photo";

/** A picture of fewer pixels has hard edges, so that one can count them. */
const FINE = 100;

/** The numbers within 0..1, also where a step has multiplied them. */
export function shades({ data }: Pick<Picture, "data">): Float32Array {
  const most = Math.max(1, largestOf(data));
  return Float32Array.from(data, (value) => value / most);
}

/** @param side Of a picture that fills its frame; a smaller one is shown smaller. */
export function createPicture(kind: Kind, title: string, side = 1) {
  const canvas = create("canvas", "pixels");
  canvas.setAttribute("role", "img");
  let shown: Picture | null = null;
  const paint = () => {
    const context = context2d(canvas);
    if (!shown) context.clearRect(0, 0, canvas.width, canvas.height);
    else if (kind === "ink") paintValues(context, shades(shown), inkRamp(), 0);
    else paintPhoto(context, shades(shown));
  };
  onThemeChange(canvas, paint);
  return {
    canvas,
    show(picture: Picture | null) {
      shown = picture;
      const { width, height } = picture ?? canvas;
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      canvas.classList.toggle("fine", width + height > 2 * FINE);
      canvas.style.scale = String(Math.min(1, Math.max(width, height) / side));
      canvas.setAttribute("aria-label", say.gets.picture(title, picture && `${whole(width)} × ${whole(height)}`));
      paint();
    },
  };
}
