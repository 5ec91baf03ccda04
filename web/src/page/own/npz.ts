// The examples as NumPy's savez writes them, for `pipeline build --data`: see docs/data-formats.md. No DOM.
import { join } from "../../runtime/download.ts";
import type { ImageSize } from "../../runtime/schema.ts";
import { isForTests, type Classes } from "./classes.ts";
import { zip } from "./zip.ts";

/** The arrays of `classes`, each of which has two examples at least. */
export function npzOf(classes: Classes, { height, width }: ImageSize): Uint8Array {
  const files = new Map<string, Uint8Array>();
  for (const [split, isChosen] of [
    ["train", (place: number) => !isForTests(place)],
    ["test", isForTests],
  ] as const) {
    const chosen = classes.flatMap(({ examples }, label) =>
      examples.filter((_, place) => isChosen(place)).map(({ ink }) => ({ ink, label })),
    );
    const images = join(chosen.map(({ ink }) => ink));
    files.set(`x_${split}.npy`, npy("|u1", [chosen.length, height, width], images));
    files.set(
      `y_${split}.npy`,
      npy(
        "|u1",
        [chosen.length],
        Uint8Array.from(chosen, ({ label }) => label),
      ),
    );
  }
  files.set("labels.npy", textArray(classes.map(({ name }) => name)));
  return zip(files);
}

/** A one-dimensional array of texts: code points in four bytes each, filled up with zeros. */
function textArray(texts: readonly string[]): Uint8Array {
  const points = texts.map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const longest = Math.max(...points.map(({ length }) => length));
  const view = new DataView(new ArrayBuffer(4 * longest * texts.length));
  for (const [row, line] of points.entries()) {
    for (const [place, point] of line.entries()) view.setUint32(4 * (row * longest + place), point, true);
  }
  return npy(`<U${longest}`, [texts.length], new Uint8Array(view.buffer));
}

/** An array as NumPy's format 1.0 has it: a header in Python's syntax, filled up to a multiple of 64 bytes, and the values. */
function npy(descr: string, shape: readonly number[], values: Uint8Array): Uint8Array {
  const start = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0];
  const tuple = shape.map((length) => `${length}, `).join("");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((start.length + 2 + text.length + 1) / 64) * 64 - start.length - 2;
  const header = new TextEncoder().encode(`${text.padEnd(length - 1)}\n`);
  return join([Uint8Array.of(...start, length & 255, length >> 8), header, values]);
}
