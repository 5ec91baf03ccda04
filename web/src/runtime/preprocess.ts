// The preprocessing that a manifest names: twin of pipeline/preprocess.py. Both compute in double precision and return
// float32; they share the golden fixtures in tests/fixtures/preprocess.json and agree to 1e-6. Where a value decides (a
// threshold, a rounding), the operations and their order are the same in both. Coordinates are pixel indices.
//
// A step is a function in preprocess-ink.ts or preprocess-pictures.ts, a case here and an entry in manifest-steps.ts.
import { ModelError, show } from "./errors.ts";
import type { DrawingStep, ImageSize, ImageStep } from "./manifest.ts";
import { fit, ink, straighten, stroke } from "./preprocess-ink.ts";
import { bgr, contain, cover, grey, normalize, rgb, stretch, type Picture } from "./preprocess-pictures.ts";
import type { Pixels } from "./types.ts";

const STARTS = new Set(["ink", "grey", "rgb"]);
const OF_INK = new Set(["fit", "stroke", "center"]);

/**
 * Apply the `drawing` steps to a drawing or a photo.
 *
 * @returns The last step's picture in 0..1, height × width × channels: ink, grey, or red, green and blue. Null when there is
 *   nothing: no ink, or, where the list starts with `grey` or `rgb`, not one pixel that is not fully transparent.
 * @throws ModelError `unsupported`: an unknown step, or one in the wrong place.
 */
export function prepareDrawing(pixels: Pixels, steps: readonly DrawingStep[]): Float32Array | null {
  const ofInk = steps[0]?.step === "ink";
  let picture: Picture = { data: new Float64Array(), height: 0, width: 0, channels: 1 };
  for (const [index, step] of steps.entries()) {
    if (STARTS.has(step.step) !== (index === 0) || (OF_INK.has(step.step) && !ofInk)) throw refused(step);
    picture = stepped(pixels, picture, step);
    if (ofInk ? !picture.data.some((strength) => strength > 0) : isClear(pixels)) return null;
  }
  if (steps.length === 0) throw refused(steps);
  return Float32Array.from(picture.data);
}

/**
 * Apply the `image` steps to a picture.
 *
 * @param picture height × width × channels numbers in 0..1: bright ink on dark, grey, or red, green and blue; left as it is.
 * @returns The model's input, flat.
 * @throws ModelError `unsupported`: an unknown step, or one in the wrong place; `input`: `picture` has another size.
 */
export function prepareImage(
  picture: Float32Array,
  { height, width, channels }: ImageSize,
  steps: readonly ImageStep[],
): Float32Array {
  if (picture.length !== height * width * channels) {
    const size = channels === 1 ? `${height} × ${width}` : `${height} × ${width} × ${channels}`;
    throw new ModelError("input", `The picture must be ${size}. Received: ${picture.length} numbers.`);
  }
  let data: Float64Array = Float64Array.from(picture);
  let isPicture = true; // until a step changes the shape; the numbers keep their order
  for (const step of steps) {
    if (!takes(step, isPicture, channels)) throw refused(step);
    switch (step.step) {
      case "deskew":
      case "align": {
        const spread = step.step === "align" ? step : undefined;
        data = straighten({ data, height, width, channels: 1 }, height, width, true, spread).data;
        break;
      }
      case "scale":
        data = data.map((value) => value * step.factor);
        break;
      case "normalize":
        data = normalize(data, channels, step.mean, step.deviation);
        break;
      case "bgr":
        data = bgr(data);
        break;
      case "flatten":
      case "channel":
        isPicture = false;
        break;
      default:
        throw refused(step);
    }
  }
  return Float32Array.from(data);
}

/** Whether a step of `image` can be taken here. */
function takes(step: ImageStep, isPicture: boolean, channels: number): boolean {
  if (step.step === "scale") return true;
  if (step.step === "normalize") {
    const fits = (values: number | readonly number[]) => typeof values === "number" || values.length === channels;
    return isPicture && fits(step.mean) && fits(step.deviation);
  }
  return isPicture && (step.step === "flatten" || channels === (step.step === "bgr" ? 3 : 1));
}

function stepped(pixels: Pixels, picture: Picture, step: DrawingStep): Picture {
  switch (step.step) {
    case "ink":
      return ink(pixels);
    case "grey":
      return grey(pixels, step.background);
    case "rgb":
      return rgb(pixels, step.background);
    case "fit":
      return fit(picture, step.box);
    case "stroke":
      return stroke(picture, step.width, step.thinning);
    case "center":
      return straighten(picture, step.height, step.width, false);
    case "cover":
      return cover(picture, step.height, step.width);
    case "contain":
      return contain(picture, step.height, step.width, step.background);
    case "stretch":
      return stretch(picture, step.height, step.width);
    default:
      throw refused(step);
  }
}

const isClear = ({ data }: Pixels): boolean => {
  for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) return false;
  return true;
};

function refused(step: unknown): ModelError {
  return new ModelError(
    "unsupported",
    `Unknown preprocessing step, or one in the wrong place. Received: ${show(step)}. ` +
      "Use the embed.js published with the model.",
  );
}
