// ZIP archives, uncompressed: what the visitor takes away is small, and no library is needed for
// it. Format: APPNOTE.TXT of PKWARE, 4.3.7 (a file), 4.3.12 (the list of files) and 4.3.16 (the
// end). No DOM.
import { join } from "../../runtime/download.ts";

/**
 * 1 January 1980, the first day that the format has: the same content always gives the same bytes.
 */
const DAY = (1 << 5) | 1;

/** @param files Path → content; the paths are ASCII. */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = new TextEncoder().encode(path);
    const { length } = content;
    // Version 2.0; no flags; stored; time and day; checksum; both sizes; lengths of the name and of
    // more that is not there.
    const about = [
      ...u16(20, 0, 0, 0, DAY),
      ...u32(crc32(content), length, length),
      ...u16(name.length, 0),
    ];
    const file = join([Uint8Array.of(...u32(0x04034b50), ...about), name, content]);
    // Made by version 2.0; the same; length of a comment, disk, attributes; where the file starts.
    list.push(
      Uint8Array.of(...u32(0x02014b50), ...u16(20), ...about, ...u16(0, 0, 0), ...u32(0, offset)),
      name,
    );
    parts.push(file);
    offset += file.length;
  }
  const size = list.reduce((sum, { length }) => sum + length, 0);
  const end = [
    ...u32(0x06054b50),
    ...u16(0, 0, files.size, files.size),
    ...u32(size, offset),
    ...u16(0),
  ];
  return join([...parts, ...list, Uint8Array.of(...end)]);
}

const u16 = (...values: readonly number[]): number[] =>
  values.flatMap((value) => [value & 255, value >>> 8]);
const u32 = (...values: readonly number[]): number[] =>
  values.flatMap((value) => u16(value & 0xffff, value >>> 16));

/** The checksum of ZIP: CRC-32 with the polynomial 0xedb88320, bits reversed. */
function crc32(bytes: Uint8Array): number {
  let rest = -1;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
