// Downloads: bounded in size, abortable and verified.
import { fail } from "./errors.ts";
import { JSON_BYTES } from "./limits.ts";
import type { FileDigest } from "./manifest.ts";
import type { Connection } from "./types.ts";

/**
 * Milliseconds that a download may stand still. Mobile networks pause for seconds, rarely for ten;
 * a visitor who has waited for half a minute needs to be told, and can try again.
 */
export const PATIENCE = 30_000;

/**
 * @throws ModelError `manifest`: not JSON, longer than JSON_BYTES, or nested too deeply for
 * anything but a parser.
 */
export function parseJson(bytes: Uint8Array, url: string): unknown {
  const text = new TextDecoder().decode(bytes.subarray(0, JSON_BYTES)); // cut off, it is no JSON
  try {
    const json: unknown = JSON.parse(text);
    JSON.stringify(json);
    return json;
  } catch (error) {
    return fail("manifest", `${url} must be JSON`, text, error);
  }
}

/**
 * Download a file of a version, unless its text is known already, and verify it against the
 * manifest before it is used. A file that differs is downloaded once more, past the HTTP cache: the
 * cache may still hold what a host sent while somebody else controlled it.
 *
 * @param onBytes Called with the length of each chunk as it arrives. Left out the second time.
 * @throws ModelError `network`, `aborted`; `integrity`: another size or another SHA-256.
 */
export async function downloadFile(
  url: string,
  { bytes, sha256, text }: FileDigest,
  connection: Connection,
  onBytes?: (length: number) => void,
): Promise<Uint8Array> {
  if (text) onBytes?.(bytes);
  const content = text
    ? new TextEncoder().encode(text)
    : await download(url, connection, bytes, onBytes);
  const received = `${content.length} bytes with SHA-256 ${await digest(content, connection)}`;
  const expected = `${bytes} bytes with SHA-256 ${sha256}`;
  if (received === expected) return content;
  return onBytes && !text
    ? downloadFile(url, { bytes, sha256 } as FileDigest, bypassingCache(connection))
    : fail("integrity", `${url} must be ${expected}`, received);
}

/** The same connection, which asks the host even for what the HTTP cache has. */
export const bypassingCache = ({ fetch, ...others }: Connection): Connection => ({
  ...others,
  fetch: (url, init) => fetch(url, { ...init, cache: "reload" }),
});

/**
 * Files that are written again under the same name are revalidated each time; a version's own files
 * never change.
 */
const CHANGES = /(\/latest\.json|\.sig)$/;

/**
 * The body of a response, cut off somewhere past `limit` bytes. An error that `onBytes` throws is
 * passed on as it is: it is not a network failure.
 */
export async function download(
  url: string,
  { fetch, signal }: Connection,
  limit = JSON_BYTES,
  onBytes?: (length: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = await arriving(url, async () => {
    const response = await fetch(url, {
      signal,
      cache: CHANGES.test(new URL(url).pathname) ? "no-cache" : "default",
    });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return response.body?.getReader();
  });
  while (length <= limit) {
    const { value } = (await arriving(url, async () => reader?.read())) ?? {};
    if (!value) break;
    parts.push(value);
    length += value.length;
    onBytes?.(value.length);
  }
  if (length > limit) await arriving(url, async () => reader?.cancel());
  return join(parts);
}

/** @throws ModelError `network`: it fails, or takes longer than PATIENCE. */
export async function arriving<T>(what: string, ask: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, PATIENCE, new Error("nothing for 30 s"));
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    return fail("network", `${what} must be downloadable`, error, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Import a part of this library that may be in a file of its own. */
export const lazyImport = <T>(ask: () => Promise<T>): Promise<T> =>
  arriving("The files beside this module", ask);

/** Concatenate arrays. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** SHA-256 in hex. On plain http, browsers have no crypto.subtle; files are verified there too. */
export async function digest(bytes: Uint8Array, { extras }: Connection): Promise<string> {
  // May be missing, although the types say otherwise.
  const subtle = (globalThis.crypto as Partial<typeof globalThis.crypto> | undefined)?.subtle;
  const hash = subtle
    ? new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))
    : await (await lazyImport(extras)).sha256(bytes);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
