// The hash that a page pins a file by, as in Subresource Integrity.
import { fail } from "../errors.ts";
import type { Connection } from "../types.ts";
import { toBase64 } from "./base64.ts";
import { findSubtle, requireSubtle } from "./subtle.ts";

/** The strongest algorithm that was named, and what it may yield: other ones are ignored, as in script elements. */
export interface Pin {
  readonly bits: "256" | "384" | "512";
  readonly hashes: readonly string[];
}

const HASH = /^sha(?:(256)-[\w+/]{43}=|(384)-[\w+/]{64}|(512)-[\w+/]{86}==)$/;

/**
 * Unlike in script elements, a malformed hash is refused: a pin that is ignored is none.
 *
 * @param text Hashes separated by spaces.
 * @throws ModelError `input`
 */
export function parseIntegrity(text: string): Pin {
  const hashes = text.trim().split(/\s+/);
  const bits = hashes.map((hash) => HASH.exec(hash)?.slice(1).find(Boolean));
  if (bits.includes(undefined)) fail("input", "integrity must be hashes like sha384-…, in base64", text);
  const strongest = bits.sort().at(-1) as Pin["bits"];
  return { bits: strongest, hashes: hashes.filter((hash) => hash.startsWith(`sha${strongest}`)) };
}

/** @throws ModelError `integrity`: other bytes, or on plain http, where only sha256 can be computed. */
export async function checkIntegrity(
  url: string,
  bytes: Uint8Array,
  { bits, hashes }: Pin,
  { extras }: Connection,
): Promise<void> {
  const hash =
    bits === "256" && !findSubtle()
      ? (await extras()).sha256(bytes)
      : new Uint8Array(await requireSubtle(`sha${bits}`).digest(`SHA-${bits}`, bytes as Uint8Array<ArrayBuffer>));
  const received = `sha${bits}-${toBase64(hash)}`;
  if (!hashes.includes(received)) fail("integrity", `${url} must have the pinned hash ${hashes.join(" ")}`, received);
}
