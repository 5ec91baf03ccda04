// The visitor's classes as text, for a link and for the tab's own storage: see decodeClasses. No
// DOM.
//
// Classes are separated by semicolons. Each is its name, percent-encoded, and its examples, each
// after a comma: strokes as in the link to a drawing (pad/link.ts), or "i" and the picture's bytes
// in base64url. No other character of them is a comma, a semicolon or unsafe in an address.
import type { Stroke } from "../../pad/strokes.ts";
import { decodeStrokes, encodeStrokes } from "../../pad/link.ts";
import { cleaned, MOST, type Classes } from "./classes.ts";

const IMAGE = "i";

export function encodeClasses(classes: Classes): string {
  return classes
    .map(({ name, examples }) => {
      const texts = examples.map(
        ({ ink, strokes }) => (strokes && encodeStrokes(strokes)) ?? IMAGE + toBase64(ink),
      );
      return [encodeURIComponent(name), ...texts].join(",");
    })
    .join(";");
}

/** An example's strokes, or its picture. */
export type Decoded = readonly Stroke[] | Uint8Array;

/**
 * @param pixels Number of pixels of every picture.
 * @returns Null if `text` is not what `encodeClasses` writes for such pictures. Never throws.
 */
export function decodeClasses(
  text: string,
  pixels: number,
): readonly { readonly name: string; readonly examples: readonly Decoded[] }[] | null {
  const classes = text.split(";").map((part) => {
    const [name = "", ...texts] = part.split(",");
    return { name: decodeName(name), examples: texts.map((one) => decodeExample(one, pixels)) };
  });
  const names = classes.map(({ name }) => name);
  const isRead =
    classes.length <= MOST && new Set(names).size === names.length && !names.includes("");
  if (!isRead || !classes.every(({ examples }) => examples.every((example) => example !== null)))
    return null;
  return classes as { name: string; examples: Decoded[] }[];
}

/** Empty for one that no class can have. */
function decodeName(text: string): string {
  try {
    const name = decodeURIComponent(text);
    return name === cleaned(name) ? name : "";
  } catch {
    return "";
  }
}

function decodeExample(text: string, pixels: number): Decoded | null {
  if (!text.startsWith(IMAGE)) return decodeStrokes(text);
  try {
    const bytes = atob(text.slice(IMAGE.length).replaceAll("-", "+").replaceAll("_", "/"));
    return bytes.length === pixels ? Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
