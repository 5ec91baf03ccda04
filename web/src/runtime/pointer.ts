// latest.json: which version of a model is the current one.
import { fail } from "./errors.ts";
import { asRecord } from "./json.ts";
import { isName } from "./manifest.ts";

export interface Pointer {
  /** Address of the version's manifest. */
  readonly href: string;
  readonly version: string;
  /** What the default format needs of that manifest to predict, if the pointer includes it. */
  readonly manifest: unknown;
}

/**
 * Null for the manifest of a version.
 *
 * @throws ModelError `manifest`: a pointer to no version.
 */
export function readPointer(json: unknown, url: string): Pointer | null {
  const { version, schema, manifest } = asRecord(json);
  if (version === undefined || schema !== undefined) return null;
  if (!isName(version)) return fail("manifest", `${url} must name a version`, version);
  return { href: new URL(`${version}/manifest.json`, url).href, version, manifest };
}
