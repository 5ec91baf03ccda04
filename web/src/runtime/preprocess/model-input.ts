// From drawings to a model's input, as its manifest specifies.
import { borrow, fail } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { checkSteps, prepareDrawing, prepareImage, type Steps } from "./steps.ts";
import type { BlankPrediction, DrawingsFor, Pixels, Prepared } from "../types.ts";

const BLANK: BlankPrediction = {
  label: null,
  labelIndex: -1,
  probabilities: null,
  logits: null,
  input: null,
  picture: null,
};

/**
 * How to prepare a model's inputs. The function that is returned throws if it refuses the manifest.
 *
 * @param steps All steps that are known.
 * @param toPixels Throws a ModelError `input`: not a drawing, or one that may not be read.
 */
export const drawingsBy =
  <Source>(
    steps: Steps,
    toPixels: (source: Source | Pixels) => Promise<Pixels>,
  ): DrawingsFor<Source> =>
  (manifest, where, lent) => {
    borrow(lent);
    checkSteps(manifest, where, steps);

    function preparePicture(ink: Float32Array): Prepared {
      const { image, size } = preprocessOf(manifest);
      // Inverting and straightening keep a picture in 0..1; scaling and later steps are for the
      // model only.
      const split = image.map(({ step }) => /invert|deskew|align/.test(step)).lastIndexOf(true) + 1;
      const picture = prepareImage(ink, size, image.slice(0, split), steps);
      return { picture, input: prepareImage(picture, size, image.slice(split), steps) };
    }

    return {
      preparePicture,
      async prepare(source) {
        const { data, width, height } = await toPixels(source);
        if (!(width > 0 && height > 0 && data.length === 4 * width * height)) {
          fail(
            "input",
            "Pixels must be width × height × RGBA",
            `${width} × ${height} with ${data.length} values`,
          );
        }
        const ink = prepareDrawing({ data, width, height }, preprocessOf(manifest).drawing, steps);
        return ink ? preparePicture(ink) : BLANK;
      },
    };
  };

function preprocessOf({ name, preprocess, input: { image: size } }: Manifest) {
  return preprocess && size
    ? { size, ...preprocess }
    : fail("input", `${name} must be given numbers`, "a picture");
}
