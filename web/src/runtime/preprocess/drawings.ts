// The preprocessing steps for drawings: what is ink, and where it is. Twin of
// pipeline/preprocessing/drawings.py.
import type { DrawingStep, ImageSize, ImageStep } from "../schema.ts";
import { average, scratch, type Picture } from "./photos.ts";
import type { Pixels } from "../types.ts";

interface Sides {
  readonly height: number;
  readonly width: number;
}

type Box = [top: number, left: number, height: number, width: number];

/** A step's parameters. */
type Of<Step> = (DrawingStep | ImageStep) & { readonly step: Step };

const NOISE = 1 / 16; // of full contrast: weaker ink is considered paper grain or JPEG noise
// of full contrast: a picture with less in its frame has less grain than NOISE everywhere
const CLEAN = NOISE / 4;
// pixels²: less vertical variance than any two rows of 8-bit ink have; rounding makes 1e-13 of one
// row
const FLAT = 1e-6;
// ink of a pixel that belongs to the stroke. Not 0.5, which is common: rounding must not decide
const INSIDE = 0.499;
const FAINT = 1e-9; // less ink than this is rounding

const [forInk, forDown, forDistance] = [scratch(), scratch(), scratch()];

/**
 * RGBA to ink in 0..1: how far each pixel differs from the background, light on dark and dark on
 * light alike.
 *
 * With Y = 0.299 R + 0.587 G + 0.114 B and A = alpha, both in 0..1, and looking at the pixels of
 * the outer frame:
 * - If their median alpha is below 0.5, the pad is transparent: ink is A, whatever the colour.
 * - Otherwise the background B is the median Y of those of them with A ≥ 0.5, and ink is A·|Y − B|
 * / max(B, 1 − B): how
 *   far the pixel, composited over the background, differs from it, relative to the largest
 * possible difference. Ink below NOISE becomes 0. Where the frame of an opaque picture has ink of
 * at least CLEAN, so does what no pen drew
 * (see `drawn`).
 *
 * @param crop True if the result may be cut to a part of the picture that has all of its ink, and
 * be written over by
 *   the next call.
 */
export function ink({ data, height, width }: Pixels, crop = false): Picture {
  const count = width * height;
  const alpha = (i: number) => data[4 * i + 3]! / 255;
  const luminance = (i: number) =>
    (0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!) / 255;
  // Most of a pad has the color of its corner, and most of a stroke that of its neighbor: comparing
  // colors takes a tenth of the time of computing with them.
  // not slice(): of a Buffer that is no copy
  const { buffer, byteOffset } = data.byteOffset % 4 ? new Uint8Array(data) : data;
  const colors = new Int32Array(buffer, byteOffset, count);
  let [top, left, rows, columns] = boxOf(colors, height, width, colors[0]);
  // all of the frame is like its corner
  const isEven = top && left && top + rows < height && left + columns < width;
  const frame: number[] = [];
  // From the first pixel of a row between to its last.
  for (
    let i = 0;
    i < (isEven ? 1 : count);
    i += i % width || !i || i >= count - width ? 1 : Math.max(width - 1, 1)
  ) {
    frame.push(i);
  }
  const isTransparent = median(frame.map(alpha)) < 0.5;
  const background = isTransparent
    ? 0
    : median(frame.filter((i) => alpha(i) >= 0.5).map(luminance));
  const most = Math.max(background, 1 - background);
  const strength = (i: number) =>
    isTransparent ? alpha(i) : (alpha(i) * Math.abs(luminance(i) - background)) / most;
  const isPhoto = !isTransparent && frame.some((i) => strength(i) >= CLEAN);

  if (!crop || isPhoto || strength(0)) [top, left, rows, columns] = [0, 0, height, width];
  const strengths = crop ? forInk(rows * columns) : new Float64Array(rows * columns);
  let [color, value] = [~colors[top * width + left]!, 0]; // as if another color came before
  for (let i = 0, row = top * width + left; i < strengths.length; row += width) {
    for (let at = row; at < row + columns; at++, i++) {
      if (colors[at] !== color) {
        color = colors[at]!;
        value = strength(at);
        if (value < NOISE && !isPhoto) value = 0;
      }
      strengths[i] = value;
    }
  }
  if (isPhoto) {
    const isInk = drawn(strengths, height, width);
    for (let i = 0; i < strengths.length; i++)
      if (strengths[i]! < NOISE || !isInk[i]) strengths[i] = 0;
  }
  return { data: strengths, height: rows, width: columns, channels: 1 };
}

/**
 * The smallest box with all values that differ from `blank`, which is 0 for floats: top, left,
 * height and width; 0 × 0 if none does.
 */
function boxOf(
  { buffer, byteOffset, byteLength }: Float64Array | Int32Array,
  height: number,
  width: number,
  blank = 0,
): Box {
  // Compared as whole numbers of 32 bits: a loop that has seen arrays of two kinds takes half as
  // long again.
  const values = new Int32Array(buffer, byteOffset, byteLength / 4);
  const each = values.length / (height * width);
  const line = width * each;
  let [first, end] = [0, values.length];
  while (first < end && values[first] === blank) first++;
  while (first < end && values[end - 1] === blank) end--;
  const [top, bottom] = [Math.floor(first / line), Math.ceil(end / line)];
  let [left, right] = [line, 0];
  for (let row = top * line; row < bottom * line; row += line) {
    let x = 0;
    while (x < left && values[row + x] === blank) x++;
    left = x;
    x = line;
    while (x > right && values[row + x - 1] === blank) x--;
    right = x;
  }
  left = Math.floor(left / each);
  return [top, left, bottom - top, Math.max(0, Math.ceil(right / each) - left)];
}

/**
 * Where a photo shows a pen's ink rather than ruled lines, grain or shadows of the paper: 1 for the
 * stronger of two classes.
 *
 * They are separated by Otsu's threshold (1979): of the levels floor(255·ink + 1/2), the lowest k
 * for which (n·S − N·s)² / (n·(N − n)) is largest, with n, s the count and sum of the levels up to
 * k, and N, S those of all. Drawn are the pixels above k and, for the soft edges of strokes, their
 * eight neighbours.
 */
function drawn(strengths: Float64Array, height: number, width: number): Uint8Array {
  const levels = strengths.map((strength) => Math.floor(255 * strength + 0.5));
  const counts = new Float64Array(256);
  for (const level of levels) counts[level]!++;
  const all = levels.length;
  const sum = levels.reduce((a, b) => a + b, 0);
  let [n, s, threshold, best] = [0, 0, 256, -1];
  counts.forEach((count, level) => {
    n += count;
    s += count * level;
    const difference = n * sum - all * s;
    const apart = (difference * difference) / (n * (all - n));
    // NaN, if all are on one side, is never larger
    if (apart > best) [threshold, best] = [level, apart];
  });
  const found = new Uint8Array(all);
  levels.forEach((level, i) => {
    if (level <= threshold) return;
    const x = i % width;
    const y = (i - x) / width;
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      found.fill(1, row * width + Math.max(0, x - 1), row * width + Math.min(width - 1, x + 1) + 1);
    }
  });
  return found;
}

/** For an even count, the mean of the middle two. */
function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = (i: number) => values[i >> 1]!; // of no values, the median is NaN
  return (middle(values.length - 1) + middle(values.length)) / 2;
}

/**
 * Crop to what is drawn and scale that, area-averaged, so that its longer side has `box` pixels and
 * its maximum is 1. The shorter side becomes round-half-up(box · shorter / longer) pixels, at least
 * 1.
 */
export function fit({ data, height, width }: Picture, { box }: Of<"fit">): Picture {
  const [top, left, rows, columns] = boxOf(data, height, width);
  const drawn: Picture = {
    data: data.subarray(top * width + left),
    height: rows,
    width: columns,
    channels: 1,
  };
  const side = (before: number) =>
    Math.max(1, Math.floor((box * before) / Math.max(rows, columns) + 0.5));
  const picture = average(drawn, side(rows), side(columns), rows, columns, width);
  const scaled = picture.data;
  let most = 0;
  for (const strength of scaled) most = Math.max(most, strength);
  for (let i = 0; i < scaled.length; i++) scaled[i]! /= most;
  return picture;
}

/**
 * Redraw the strokes with a pen of `width`, here `share`, as a share of the picture's longer side
 * L.
 *
 * A pixel is inside where its ink is at least INSIDE; beyond the picture everything is outside. d
 * is a pixel's distance to the nearest pixel of the other kind, from centre to centre, minus the
 * half pixel to the border between them; negative outside. On average, a stroke's pixels are a
 * quarter of its width from its border, so the pen was 4·mean(d inside) wide. Moving the border
 * outwards by δ = (share·L − pen) / (2·(1 − share)) gives a pen of `share` of the new longer side,
 * L + 2δ. Ink is then d + δ + ½ within 0..1.
 *
 * Inwards the border moves only by `thinning` times that, because a bold pen looks even bolder
 * where its strokes run together, and never by more than the largest d.
 */
export function stroke(picture: Picture, { width: share, thinning }: Of<"stroke">): Picture {
  const longer = Math.max(picture.height, picture.width);
  const margin = Math.ceil((share * longer) / (2 * (1 - share))) + 1; // room for the growth
  const [rows, columns] = [picture.height + 2 * margin, picture.width + 2 * margin];
  const inside = new Uint8Array(rows * columns);
  for (let i = 0, to = margin * columns + margin; i < picture.data.length; to += 2 * margin) {
    for (const end = i + picture.width; i < end; i++, to++)
      if (picture.data[i]! >= INSIDE) inside[to] = 1;
  }
  if (!inside.includes(1)) return picture;

  // to the nearest of the other kind in its own column
  const down = forDown(rows * columns).fill(Infinity);
  for (let i = columns; i < down.length; i++) {
    down[i] = inside[i] === inside[i - columns] ? down[i - columns]! + 1 : 1;
  }
  for (let i = down.length - columns - 1; i >= 0; i--) {
    down[i] = Math.min(down[i]!, inside[i] === inside[i + columns] ? down[i + columns]! + 1 : 1);
  }

  let [sum, count, most] = [0, 0, 0];
  // kept from row to row: it saves a third
  const [squared, at, from]: [number[], number[], number[]] = [[], [], []];
  const distance = forDistance(down.length);
  for (let row = 0; row < down.length; row += columns) {
    for (let [first, end] = [0, 0]; first < columns; first = end) {
      const kind = inside[row + first]!;
      while (end < columns && inside[row + end] === kind) end++;
      // Squared distances are the lower envelope of one parabola per column (Felzenszwalb and
      // Huttenlocher, 2012): those at the columns `at`, each from `from` on. None is lower than
      // those of the two pixels beside a run of one kind, so it needs only its own columns and
      // theirs.
      let last = -1;
      for (let x = Math.max(0, first - 1); x < Math.min(end + 1, columns); x++) {
        const height = inside[row + x] === kind ? down[row + x]! ** 2 : 0;
        squared[x] = height;
        if (height === Infinity) continue;
        let start = -Infinity;
        for (; last >= 0; last--) {
          const other = at[last]!;
          // where the two meet
          start = (height - squared[other]! + x * x - other * other) / (2 * (x - other));
          if (start > from[last]!) break;
        }
        at[++last] = x;
        from[last] = start;
      }
      for (let x = end - 1; x >= first; x--) {
        while (from[last]! > x) last--;
        const result = Math.sqrt((x - at[last]!) ** 2 + squared[at[last]!]!) - 0.5;
        distance[row + x] = kind ? result : -result;
        if (!kind) continue;
        sum += result;
        count++;
        most = Math.max(most, result);
      }
    }
  }
  let outwards = (share * longer - (4 * sum) / count) / (2 * (1 - share));
  if (outwards < 0) outwards = Math.max(thinning * outwards, -most);
  for (let i = 0; i < distance.length; i++) {
    const ink = distance[i]! + outwards + 0.5;
    distance[i] = ink < FAINT ? 0 : Math.min(ink, 1);
  }
  return { data: distance, height: rows, width: columns, channels: 1 };
}

/** Move a picture so that its centre of mass is at the centre of height × width. */
export const center = (picture: Picture, size: Of<"center">): Picture =>
  straighten(picture, size, false);

/**
 * Straighten a picture of unchanged size and, if `spread` is given, scale its content. Null for a
 * picture in colour.
 */
export const upright = (
  data: Float64Array,
  size: ImageSize,
  spread?: Of<"align">,
): Float64Array | null =>
  size.channels === 1 ? straighten({ ...size, data, channels: 1 }, size, true, spread).data : null;

/**
 * Move a picture, by bilinear sampling, so that its centre of mass is at the centre of height ×
 * width.
 *
 * out(y, x) = picture(cy + v, cx + h·(x − width/2) + a·v) with v = k·(y − height/2), zero outside,
 * where (cx, cy) is the centre of mass and
 * - a the shear: Σ ink (x−cx)(y−cy) / Σ ink (y−cy)², or 0 without `shear` or if all ink is in one
 * row;
 * - k and h the standard deviations of the ink down and, after shearing, across, relative to
 * `spread` times height and
 *   width, between 1/limit and limit; 1 without `spread`.
 * The centre is at width/2, not (width − 1)/2, because MNIST's own is.
 */
function straighten(
  { data, height: rows, width: columns }: Picture,
  { height, width }: Sides,
  shear: boolean,
  spread?: Sides & { readonly limit: number },
): Picture {
  // moments about the target centre
  let [mass, sumX, sumY, sumXY, sumYY, sumXX] = [0, 0, 0, 0, 0, 0];
  for (let [i, row] = [0, 0]; row < rows; row++) {
    const y = row - height / 2;
    for (let column = 0; column < columns; column++, i++) {
      const strength = data[i]!;
      const x = column - width / 2;
      mass += strength;
      sumX += strength * x;
      sumY += strength * y;
      sumXY += strength * x * y;
      sumYY += strength * y * y;
      sumXX += strength * x * x;
    }
  }
  mass ||= 1; // blank stays blank
  const [dx, dy] = [sumX / mass, sumY / mass];
  const covariance = sumXY / mass - dx * dy;
  const variance = sumYY / mass - dy * dy;
  const slope = shear && variance > FLAT ? covariance / variance : 0;
  const stretch = (square: number, side: number) =>
    spread
      ? Math.min(Math.max(Math.sqrt(Math.max(square, 0)) / side, 1 / spread.limit), spread.limit)
      : 1;
  const down = stretch(variance, (spread?.height ?? 1) * height);
  const across = stretch(sumXX / mass - dx * dx - slope * covariance, (spread?.width ?? 1) * width);

  const sample = (y: number, x: number) =>
    y >= 0 && y < rows && x >= 0 && x < columns ? data[y * columns + x]! : 0;
  const result = new Float64Array(height * width);
  for (let [i, row] = [0, 0]; row < height; row++) {
    const lower = down * (row - height / 2);
    const placeY = dy + lower + height / 2;
    const fromY = Math.floor(placeY);
    const line = (x: number) =>
      sample(fromY, x) * (1 - placeY + fromY) + sample(fromY + 1, x) * (placeY - fromY);
    for (let x = 0; x < width; x++, i++) {
      const placeX = dx + slope * lower + width / 2 + across * (x - width / 2);
      const fromX = Math.floor(placeX);
      result[i] = line(fromX) * (1 - placeX + fromX) + line(fromX + 1) * (placeX - fromX);
    }
  }
  return { data: result, height, width, channels: 1 };
}
