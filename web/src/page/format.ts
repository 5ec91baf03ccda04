// Numbers and names as the page writes them. NO-BREAK SPACE before %, MINUS SIGN before negatives.
const grouped = new Intl.NumberFormat("en-GB");

/** 1234 → "1,234". */
export const whole = (value: number): string => grouped.format(value);

/** A share 0..1 as a percentage; never rounded up to certainty. */
export function percent(share: number, digits = 1): string {
  if (share === 1) return "100\u00a0%";
  const most = 100 - 10 ** -digits;
  const text = share * 100 > most ? `>${most.toFixed(digits)}` : (share * 100).toFixed(digits);
  return `${text}\u00a0%`;
}

/** 0.1 → "+0.10", -1 → "−1.00". */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "\u2212" : "+"}${text}`;
}

/** A small positive number with two significant digits and no exponent: 4.2e-7 → "0.00000042". */
export const tiny = (value: number): string =>
  value === 0 ? "0" : value.toFixed(Math.max(0, 1 - Math.floor(Math.log10(value))));

/** Bytes in the unit that people compare downloads in. */
export const kilobytes = (bytes: number): string => `${whole(Math.ceil(bytes / 1000))}\u00a0KB`;

export const areDigits = (labels: readonly string[]): boolean => labels.every((label) => /^\d$/.test(label));

/** What the visitor is asked to draw. */
export const task = (labels: readonly string[]): string =>
  areDigits(labels) ? "Draw a digit" : `Draw one of: ${labels.join(", ")}`;

/** "a 4", "an 8", "an X", "an egg". Letters by how they are named. */
export function withArticle(label: string): string {
  const isVowel = label.length === 1 ? /[8aefhilmnorsx]/i.test(label) : /^(8|11$|18$|[aeiou])/i.test(label);
  return `${isVowel ? "an" : "a"} ${label}`;
}
