// The preprocessing steps of a manifest: their checks. They lie beside what runs the steps, apart from the other checks.
import { fail } from "./errors.ts";
import { entry, fields, same } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import { each, has, is, object, real, type Check, type Checks } from "./shape.ts";

/** Pixels. In colour and double precision such a square takes 100 MB, which a tab can hold. Twin of LARGEST_SIDE. */
const LARGEST_SIDE = 2048;

const within = (rule: string, accepts: (value: number) => boolean): Check =>
  is(rule, (value) => Number.isFinite(value) && accepts(value as number));

const share = within("above 0 and at most 0.5", (value) => value > 0 && value <= 0.5);
const unit = within("in 0..1", (value) => value >= 0 && value <= 1);
const side = within(
  `a whole number from 1 to ${LARGEST_SIDE}`,
  (value) => Number.isInteger(value) && value > 0 && value <= LARGEST_SIDE,
);
/** One number, or a list with one for each channel. */
const perChannel =
  (check: Check): Check =>
  (value, where) => {
    if (Array.isArray(value)) each(check)(value, where);
    else check(value, where);
  };

/** An unknown step is refused, because leaving it out would change every answer. */
const steps = (table: Readonly<Record<string, Checks>>): Check =>
  each((value, where) => {
    object(value, where);
    const { step } = fields(value);
    const known =
      entry(table, step) ?? fail("unsupported", `${where} must be among ${Object.keys(table).join()}`, step);
    has(known)(value, where);
  });

const size = { height: side, width: side };
const check = has({
  drawing: steps({
    ink: {},
    grey: { background: unit },
    rgb: { background: unit },
    fit: { box: side },
    stroke: { width: share, thinning: unit },
    center: size,
    cover: size,
    contain: { ...size, background: unit },
    stretch: size,
  }),
  image: steps({
    deskew: {},
    align: { height: share, width: share, limit: within("at least 1", (value) => value >= 1) },
    scale: { factor: real },
    normalize: { mean: perChannel(real), deviation: perChannel(within("above 0", (value) => value > 0)) },
    bgr: {},
    flatten: {},
    channel: {},
  }),
});

/**
 * Check the `preprocess` of a manifest that has it, and that its drawings become pictures of the size that `input` promises.
 *
 * @param where Address of the manifest, for messages.
 * @throws ModelError `manifest`: a malformed step, or another size; `unsupported`: an unknown step.
 */
export function checkSteps({ preprocess, input: { image } }: Manifest, where: string): void {
  check(preprocess, `${where}: preprocess`);
  const { drawing } = preprocess!;
  if (!image) return; // it is given numbers
  const { height, width } = [...drawing].reverse().find((step) => "height" in step) ?? image;
  const received = { height, width, channels: drawing[0]?.step === "rgb" ? 3 : 1 };
  const promised = { height: image.height, width: image.width, channels: image.channels };
  if (!same(received, promised))
    fail("manifest", `In ${where} drawings must become ${JSON.stringify(promised)}`, received);
}
