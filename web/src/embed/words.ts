import type { ENGLISH, Texts } from "./texts.ts";
import type { translated as Translated } from "./translations.ts";
import type { Model } from "./types.ts";

export type { Texts };

export type Words = Pick<Texts, keyof typeof ENGLISH> & Partial<Texts>;

/**
 * The hint that says what to draw; none where the model does not know more than that it is a
 * drawing.
 */
export function hintFor(model: Model | null): Partial<Texts> {
  const noun = model?.manifest.noun;
  return noun && noun !== "drawing"
    ? { hint: `Draw a${/^[aeiou]/i.test(noun) ? "n" : ""} ${noun}` }
    : {};
}

/** Set once an element has asked for it. */
let translated: typeof Translated | undefined;

/**
 * The element's own words, where there are some in this language and they have been fetched; else
 * null.
 *
 * @param language As the attribute `lang` has it; may be "".
 * @param onFetched Ask again then.
 */
export function wordsIn(
  language: string,
  model: Model | null,
  onFetched: () => void,
): Words | null {
  if (!/^(ar|de|es|fr)\b/i.test(language)) return null;
  if (translated) return translated(language, model?.manifest.noun);
  import("./translations.ts").then(
    (part) => {
      ({ translated } = part);
      onFetched();
    },
    () => undefined, // English remains
  );
  return null;
}

export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);

/** Formats a fraction 0..1 as a percentage in that language; never rounded up to certainty. */
export function percentIn(language: string): (fraction: number) => string {
  let format: Intl.NumberFormat | null = null;
  // Created when first needed: the first one takes a browser 10 ms, longer than the model's first
  // prediction.
  return (fraction) => {
    format ??= formatIn(language);
    return fraction > 0.999 && fraction < 1 ? `>${format.format(0.999)}` : format.format(fraction);
  };
}

function formatIn(language: string): Intl.NumberFormat {
  const style = { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
  try {
    return new Intl.NumberFormat(language, style);
  } catch {
    return new Intl.NumberFormat(undefined, style); // lang="…" is missing or invalid
  }
}
