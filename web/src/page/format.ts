// How the page formats numbers and names, in its language: NO-BREAK SPACE before %, MINUS SIGN
// before negative numbers.
import { say } from "./language.ts";

const decimal = (text: string): string => text.replace(".", say.decimal);

/** 1234 → "1,234". Without Intl, whose first use takes a slow phone 70 ms. */
export const whole = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, say.thousands);

/** With this many decimal places: 0.5 → "0.50". For a number with a sign, see `signed`. */
export const fixed = (value: number, digits: number): string => decimal(value.toFixed(digits));

/** A fraction 0..1 as a percentage; never rounded up to certainty. */
export function percent(fraction: number, digits = 1): string {
  if (fraction === 1) return "100\u00a0%";
  const most = 100 - 10 ** -digits;
  const text = fraction * 100 > most ? `>${fixed(most, digits)}` : fixed(fraction * 100, digits);
  return `${text}\u00a0%`;
}

/** 0.1 → "+0.10", -1 → "−1.00". */
export function signed(value: number, digits = 2): string {
  const text = fixed(Math.abs(value), digits);
  return /^[0.,]*$/.test(text) ? text : `${value < 0 ? "\u2212" : "+"}${text}`;
}

/** A small positive number with two significant digits and no exponent: 4.2e-7 → "0.00000042". */
export const tiny = (value: number): string =>
  value === 0 ? "0" : fixed(value, Math.max(0, 1 - Math.floor(Math.log10(value))));

/** The usual unit for downloads. */
export const kilobytes = (bytes: number): string => `${whole(Math.ceil(bytes / 1000))}\u00a0KB`;
