import { ModelError } from "../errors.ts";

/** The part of WebCrypto that is used here, without the DOM's types. */
export type Subtle = typeof globalThis.crypto.subtle;

/** On plain http, browsers hide it. */
export const findSubtle = (): Subtle | undefined =>
  (globalThis.crypto as Partial<typeof globalThis.crypto> | undefined)?.subtle;

/** @throws ModelError `integrity`: on plain http. */
export function requireSubtle(what: string): Subtle {
  const subtle = findSubtle();
  if (subtle) return subtle;
  // Not `fail`, whose next step is to publish again.
  throw new ModelError(
    "integrity",
    `${what} can be checked only where there is WebCrypto: on https and on localhost. Received: a page on plain http. ` +
      "Serve the page over https.",
  );
}
