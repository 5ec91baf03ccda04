// The hash that a page pins a file by, as in Subresource Integrity.
import { bypassingCache, download } from "../download.ts";
import { fail } from "../errors.ts";
import type { Connection } from "../types.ts";
import { toBase64 } from "./base64.ts";
import { findSubtle, requireSubtle } from "./subtle.ts";

export interface Pin {
  readonly bits: "256" | "384" | "512";
  readonly hash: string;
}

const HASH = /^sha(?:(256)-[\w+/]{43}=|(384)-[\w+/]{64}|(512)-[\w+/]{86}==)$/;

/** What to do about another file. */
export const PINNED =
  "A pin is of one version's manifest.json: if that has changed, copy the snippet again";

/**
 * Unlike in script elements, there is one hash, and a malformed one is refused: a pin that is
 * ignored is none.
 *
 * @throws ModelError `input`
 */
export function parseIntegrity(text: string): Pin {
  const hash = text.trim();
  const bits = HASH.exec(hash)?.slice(1).find(Boolean) as Pin["bits"] | undefined;
  return bits
    ? { bits, hash }
    : fail("input", "integrity must be a hash like sha384-…, in base64", text);
}

/**
 * Return the bytes of a pinned file. If those at hand differ from the pin, download the file once
 * more, past the HTTP cache.
 *
 * @throws ModelError `integrity`: other bytes, or on plain http, where only sha256 can be computed.
 */
export async function pinnedBytes(
  url: string,
  bytes: Uint8Array,
  pin: Pin,
  connection: Connection,
): Promise<Uint8Array> {
  if ((await hashOf(bytes, pin, connection)) === pin.hash) return bytes;
  const again = await download(url, bypassingCache(connection));
  const received = await hashOf(again, pin, connection);
  return received === pin.hash
    ? again
    : fail(
        "integrity",
        `${url} must have the pinned hash ${pin.hash}`,
        received,
        undefined,
        PINNED,
      );
}

async function hashOf(bytes: Uint8Array, { bits }: Pin, { extras }: Connection): Promise<string> {
  const found =
    bits === "256" && !findSubtle()
      ? await (await extras()).sha256(bytes)
      : new Uint8Array(
          await requireSubtle(`sha${bits}`).digest(`SHA-${bits}`, bytes as Uint8Array<ArrayBuffer>),
        );
  return `sha${bits}-${toBase64(found)}`;
}
