// How the learning rates are written.
import type { Manifest } from "../../runtime/manifest.ts";
import { fixed, whole } from "../format.ts";
import { say } from "../language.ts";
import { ratesOf, type Rate } from "./lesson.ts";

/** With three significant digits: 0.003125 → "0.00313". */
export function rateText(value: number): string {
  const short = Number(value.toPrecision(3));
  let digits = 0;
  while (digits < 12 && Number(short.toFixed(digits)) !== short) digits++;
  return fixed(short, digits);
}

/** Relates a learning rate to this model's training. */
export function rateNote({ value, kind }: Rate, manifest: Manifest): string {
  const batch = manifest.training?.batch_size ?? 1;
  const own = ratesOf(manifest).at(-1)?.value ?? value;
  if (kind === "image") return batch > 1 ? say.learn.rate.share(rateText(own), whole(batch)) : say.learn.rate.image;
  return kind === "batch" ? say.learn.rate.batch(whole(batch)) : say.learn.rate[kind];
}
