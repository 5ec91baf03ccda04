// Reads uncompressed ZIP archives, for tests: through the list of files at their end, as programs do.

export function unzip(archive: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const end = archive.length - 22; // without a comment
  if (u32(end) !== 0x06054b50) throw new Error("no end of the list of files");
  const files = new Map<string, Uint8Array>();
  let at = u32(end + 16);
  for (let left = u16(end + 10); left > 0; left--) {
    const [method, size, nameLength, start] = [u16(at + 10), u32(at + 24), u16(at + 28), u32(at + 42)];
    if (u32(at) !== 0x02014b50 || u32(start) !== 0x04034b50 || method !== 0) throw new Error("not a stored file");
    const content = start + 30 + u16(start + 26) + u16(start + 28);
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength));
    files.set(name, archive.slice(content, content + size));
    at += 46 + nameLength + u16(at + 30) + u16(at + 32);
  }
  if (at !== end) throw new Error("the list of files has another length");
  return files;
}
