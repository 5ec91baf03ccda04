// Where the site is hosted: code that is copied from a preview must not name the preview. No DOM.
import { say } from "../language.ts";

/** Names by which a computer reaches itself. */
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1\])$/;

export interface Hosting {
  /** Address of the site, with a slash at its end. */
  readonly base: string;
  /** Advice to readers before they copy code, with code between backticks; "" if there is none. */
  readonly advice: string;
}

/**
 * @param page Address of the page, e.g. `document.baseURI`.
 * @param declared The owner's word, `base_url` in models/index.json, if there is any.
 */
export function hostingOf(page: string, declared: unknown): Hosting {
  const { protocol, hostname, href: here } = new URL(".", page);
  const given =
    typeof declared === "string" && /^https?:.*\/$/.test(declared) && URL.canParse(declared);
  const base = given ? new URL(declared).href : here;
  const isPreview = protocol === "file:" || LOOPBACK.test(hostname);
  if (!isPreview || (given && base === here)) return { base, advice: "" };
  return { base, advice: given ? say.use.notThereYet(base) : say.use.onlyHere(base) };
}

/** The address on the host of what is at `address` here, beside the page. */
export function hosted(address: string, page: string, { base }: Hosting): string {
  const here = new URL(".", page).href;
  return address.startsWith(here) ? base + address.slice(here.length) : address;
}
