// The preprocessing steps of a manifest: their checks. They lie beside what runs the steps, apart from the other checks.
import { fail } from "./errors.ts";
import { entry, fields } from "./json.ts";
import { each, has, is, object, real, size, type Check, type Checks } from "./shape.ts";

const share = is("above 0 and at most 0.5", (value) => (value as number) > 0 && (value as number) <= 0.5);

/** An unknown step is refused, because leaving it out would change every answer. */
const steps = (table: Readonly<Record<string, Checks>>): Check =>
  each((value, where) => {
    object(value, where);
    const { step } = fields(value);
    const known =
      entry(table, step) ?? fail("unsupported", `${where} must be among ${Object.keys(table).join()}`, step);
    has(known)(value, where);
  });

/**
 * Check the `preprocess` of a parsed manifest.
 *
 * @param where Its place, for messages.
 * @throws ModelError `manifest`: a malformed step; `unsupported`: an unknown one.
 */
export const checkSteps: Check = has({
  drawing: steps({
    ink: {},
    fit: { box: size },
    stroke: { width: share, thinning: real },
    center: { height: size, width: size },
  }),
  image: steps({
    deskew: {},
    align: { height: share, width: share, limit: real },
    scale: { factor: real },
    flatten: {},
    channel: {},
  }),
});
