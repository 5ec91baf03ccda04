// latest.json: which version of a model is the current one.
import { fail } from "./errors.ts";
import { asRecord } from "./json.ts";
import { isName } from "./manifest.ts";

export interface Pointer {
  /** Address of the version's manifest. */
  readonly url: string;
  readonly version: string;
  /**
   * The part of that manifest that the default format needs to predict, if the pointer includes it.
   */
  readonly manifest: unknown;
  /** Until when it holds, if its owner renews it. */
  readonly expires: unknown;
}

/**
 * Null for the manifest of a version.
 *
 * @throws ModelError `manifest`: a pointer to no version.
 */
export function readPointer(json: unknown, url: string): Pointer | null {
  const pointer = asRecord(json);
  const { version, schema } = pointer;
  if (version === undefined || schema !== undefined) return null;
  if (!isName(version)) return fail("manifest", `${url} must name a version`, version);
  return {
    ...pointer,
    url: new URL(`${version}/manifest.json`, url).href,
  } as Partial<Pointer> as Pointer;
}
