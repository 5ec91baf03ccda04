// Downloads that cannot surprise: bounded in size, abortable, checked.
import { fail } from "./errors.ts";
import type { FileDigest } from "./manifest.ts";
import type { Fetch, Host } from "./types.ts";

export interface Connection {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  readonly extras: Host<never>["extras"];
}

/** Bytes of a manifest.json or latest.json, which nothing vouches for. */
const JSON_LIMIT = 2 ** 22;

/**
 * Download JSON.
 *
 * @throws ModelError `network`, `aborted`; `manifest`: not JSON, or larger than a manifest ever is.
 */
export async function downloadJson(url: string, connection: Connection, cache?: "no-cache"): Promise<unknown> {
  return parseJson(await download(url, connection, JSON_LIMIT, cache), url);
}

/** @throws ModelError `manifest`: not JSON. */
export function parseJson(bytes: Uint8Array, url: string): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail("manifest", `${url} must be JSON`, text, error);
  }
}

/**
 * Download a file of a version, unless it came along as text, and check it against the manifest before anybody uses it.
 *
 * @param onBytes Told the length of each piece that arrives.
 * @throws ModelError `network`, `aborted`; `integrity`: another size or another SHA-256.
 */
export async function downloadFile(
  url: string,
  { bytes, sha256, text }: FileDigest,
  connection: Connection,
  onBytes: (length: number) => void,
): Promise<Uint8Array> {
  if (text) onBytes(bytes);
  const content = text ? new TextEncoder().encode(text) : await download(url, connection, bytes, "default", onBytes);
  const received = `${content.length} bytes with SHA-256 ${await digest(content, connection)}`;
  const expected = `${bytes} bytes with SHA-256 ${sha256}`;
  return received === expected ? content : fail("integrity", `${url} must be ${expected}`, received);
}

/**
 * The body. One that is longer than `limit` bytes is cut off somewhere behind them. What `onBytes` throws is the caller's own, and
 * no failure of the network.
 */
async function download(
  url: string,
  { fetch, signal }: Connection,
  limit: number,
  cache: "default" | "no-cache" = "default",
  onBytes?: (length: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = await arriving(url, async () => {
    const response = await fetch(url, { signal, cache });
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

const arriving = <T>(what: string, ask: () => Promise<T>): Promise<T> =>
  ask().catch((error: unknown) => fail("network", `${what} must be downloadable`, error, error));

/** A part of this library, which may be a file of its own. */
export const part = <T>(ask: () => Promise<T>): Promise<T> => arriving("The files beside this module", ask);

/** Arrays one after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** SHA-256 in hex. Browsers hide crypto.subtle on plain http; the check is made there all the same. */
async function digest(bytes: Uint8Array, { extras }: Connection): Promise<string> {
  // Missing there, whatever the types say.
  const subtle = (globalThis.crypto as Partial<typeof globalThis.crypto> | undefined)?.subtle;
  const hash = subtle
    ? new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))
    : (await part(extras)).sha256(bytes);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
