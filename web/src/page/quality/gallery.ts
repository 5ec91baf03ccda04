// Misclassified test images. Each of them leads to the pad.
import { isDarkOnBright } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { onThemeChange, paintTestImage } from "../colours.ts";
import { context2d, create, createButton } from "../dom.ts";
import { bytesOf, readImages } from "../files.ts";
import { kilobytes, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import type { mistakesOf } from "./evaluation.ts";

/** Images shown at first and with each press of the button: few enough for a phone, and a multiple of 2, 3, 4 and 6 columns. */
const PAGE = 24;

type Shown = ReturnType<typeof mistakesOf>;

export function mountGallery(model: Model) {
  const words = say.quality.gallery;
  const place = create("div", "gallery-place");
  const heading = create("h3", "gallery-title");
  heading.hidden = true; // screen readers would stop at an empty one
  const spoken = create("p", "unseen");
  spoken.setAttribute("role", "status");
  const element = create("div", "gallery", spoken, heading, place);

  function item(mistake: Shown[number], picture: Float32Array): HTMLElement {
    const { height = 1, width = 1 } = model.manifest.input.image ?? {};
    const canvas = create("canvas", "pixels");
    canvas.width = width;
    canvas.height = height;
    const context = context2d(canvas);
    const paint = () => {
      paintTestImage(context, picture, isDarkOnBright(model.manifest));
    };
    onThemeChange(canvas, paint);
    paint();
    const read = model.labels[mistake.predicted] ?? "";
    const share = percent(mistake.probability, 0);
    const link = create("a", "mistake", canvas, create("span", "gallery-words", create("b", "", read), ` ${share}`));
    link.href = `./${location.search}#test=${mistake.index}`;
    const name = say.draw.testImage(mistake.index, model.labels[mistake.label] ?? "");
    link.setAttribute("aria-label", words.send(`${read} ${share}`, name));
    return create("li", "", link);
  }

  function list(mistakes: Shown, pictures: readonly Float32Array[]): readonly HTMLElement[] {
    const shown = mistakes.filter(({ place }) => pictures[place]);
    const items = create("ol", "gallery-list");
    const more = createButton("action", () => {
      extend()?.querySelector("a")?.focus();
    });
    const extend = () => {
      const next = shown.slice(items.childElementCount, items.childElementCount + PAGE);
      const added = next.map((mistake) => item(mistake, pictures[mistake.place] ?? new Float32Array()));
      items.append(...added);
      const left = shown.length - items.childElementCount;
      more.textContent = left > PAGE ? words.more(PAGE, whole(left)) : words.rest(whole(left));
      more.hidden = left === 0;
      return added[0];
    };
    extend();
    const without = mistakes.length - shown.length;
    const missing = without === 0 ? [] : [create("p", "explains", words.missing(whole(without)))];
    return [create("p", "explains", words.hint), items, more, ...missing];
  }

  return {
    element,
    /** @param title Heading for these mistakes. */
    show(title: string, mistakes: Shown) {
      heading.textContent = spoken.textContent = title;
      heading.hidden = false;
      const what = words.images(kilobytes(bytesOf(model, "mistake_images")));
      void showWhenLoaded(
        place,
        what,
        () => readImages(model, "mistake_images"),
        (pictures) => list(mistakes, pictures),
      ).then(() => {
        // On a phone the images are below the matrix, and may be out of view.
        const { top } = heading.getBoundingClientRect();
        if (top >= 0 && top <= 0.8 * innerHeight) return;
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        heading.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
      });
    },
  };
}
