// The steps that drawings need.
import { center, fit, ink, stroke, upright } from "./drawings.ts";
import { real, side, within, type Steps } from "./steps.ts";

const share = within("above 0 and at most 0.5", (value) => value > 0 && value <= 0.5);
const thinning = within("in 0..1", (value) => value >= 0 && value <= 1);
const inverted = (data: Float64Array): Float64Array => data.map((value) => 1 - value);

export const INK_STEPS = {
  starts: { ink: { checks: {}, run: (pixels, _, crop) => ink(pixels, crop) } },
  ofInk: {
    fit: { checks: { box: side }, run: fit },
    stroke: { checks: { width: share, thinning }, run: stroke },
    center: { checks: { height: side, width: side }, run: center },
  },
  ofAny: {
    invert: { checks: {}, run: (picture) => ({ ...picture, data: inverted(picture.data) }) },
  },
  image: {
    invert: { checks: {}, run: inverted },
    deskew: { checks: {}, run: (data, size) => upright(data, size) },
    align: {
      checks: { height: share, width: share, limit: within("at least 1", (value) => value >= 1) },
      run: upright,
    },
    scale: {
      checks: { factor: real },
      run: (data, _, { factor }) => data.map((value) => value * factor),
    },
    flatten: { checks: {}, run: (data) => data },
    channel: { checks: {}, run: (data, { channels }) => (channels === 1 ? data : null) },
  },
} satisfies Steps;
