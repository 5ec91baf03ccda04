// Base64, without what the field wraps it in.
import { fail } from "../errors.ts";

/** What to do about a key that cannot be used. */
export const FROM_KEYGEN = "Give it the line that `pipeline keygen` printed";

/**
 * The bytes of base64 or base64url, with or without line breaks and the armour of a PEM file.
 *
 * @param what For messages; the text itself is not repeated there.
 * @throws ModelError of the code: not base64.
 */
export function fromBase64(
  text: unknown,
  code: "input" | "integrity",
  what: string,
): Uint8Array<ArrayBuffer> {
  const plain = String(text)
    .replace(/-----[A-Z ]+-----/g, "")
    .replace(/\s/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  try {
    return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
  } catch (error) {
    const next = code === "input" ? FROM_KEYGEN : undefined;
    return fail(
      code,
      `${what} must be base64`,
      `${plain.length} characters, some of which are not`,
      error,
      next,
    );
  }
}

export const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
