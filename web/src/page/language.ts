// The language of the page: English, unless the address or the browser asks for another one that
// there is.
import type { en } from "./languages/en.ts";
import { first } from "./languages/en-first.ts";

export type Words = typeof en;

/**
 * All but English, which comes with the page. A new one is a file, named after its code, that
 * exports its words under it.
 */
const OTHERS = Object.fromEntries(
  Object.entries(
    import.meta.glob<Record<string, Words>>(["./languages/*.ts", "!./languages/en*.ts"]),
  ).map(([path, load]) => [path.replace(/^.*\/|\.ts$/g, ""), load]),
);

const LANGUAGES: readonly string[] = ["en", ...Object.keys(OTHERS)];

/** In the page's address: ?lang=de. */
const PARAMETER = "lang";

/** At first only what is shown before any panel: the rest would be a fifth of the first view. */
let english = first as Words;

/**
 * The words of the page. Read them where they are written, not when a module is loaded: they may
 * not be there yet.
 */
export let say: Words = english;

/**
 * The first of the languages, such as "de-AT", that the page speaks; English if it speaks none of
 * them.
 */
export function spoken(wanted: readonly string[]): string {
  const short = wanted.map((language) => language.toLowerCase().split("-")[0]!);
  return short.find((language) => LANGUAGES.includes(language)) ?? "en";
}

/**
 * To be awaited before anything else is shown.
 *
 * @param search Query of the page's address.
 * @param preferred By the browser, best first.
 */
export async function chooseLanguage(
  search: string,
  preferred: readonly string[],
): Promise<string> {
  const asked = new URLSearchParams(search).get(PARAMETER);
  const language = spoken(asked === null ? preferred : [asked]);
  try {
    say = (await OTHERS[language]?.())?.[language] ?? english;
    return language;
  } catch {
    return "en"; // the visitor is offline, say: better the page in English than no page
  }
}

/**
 * To be awaited before words of a panel are read. In other languages than English they are there
 * from the beginning.
 */
export async function loadPanelWords(): Promise<void> {
  if (english !== first || say !== english) return;
  const { en } = await import("./languages/en.ts");
  say = english = en;
}

/** The page's address in another language, with all else that it says. */
export function addressIn(language: string, address: string): string {
  const url = new URL(address);
  url.searchParams.set(PARAMETER, language);
  return url.href;
}
