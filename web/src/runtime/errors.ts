/**
 * Kind of error, for programs:
 * - `network`: a file could not be downloaded;
 * - `integrity`: a file differs from what the manifest promises, or its content is damaged;
 * - `manifest`: the manifest (or `latest.json`) is malformed or of an unknown schema;
 * - `unsupported`: the model is valid, but this runtime cannot run it exactly, so it does not run
 * it at all;
 * - `input`: an argument of `load` or `predict` cannot be used;
 * - `aborted`: the caller's `AbortSignal` was aborted.
 */
export type ModelErrorCode =
  "network" | "integrity" | "manifest" | "unsupported" | "input" | "aborted";

const NEXT_STEP = {
  network: "Check address, connection, CORS and the page's Content-Security-Policy",
  integrity: "Load it again, or publish it again",
  manifest: "Check the address, or publish it again with its own embed.js",
  unsupported: "Export the model again, or run it with stock TensorFlow.js",
  input: "Correct it",
};

/**
 * The only error that this library throws. The message says what must hold, what was received and
 * what to do next.
 */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;

  /**
   * Parts of this library that are fetched later, and other copies of it on the page, have a
   * ModelError class of their own.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "ModelError";
  }

  constructor(code: ModelErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * Throw a ModelError: the rule that was broken, what was received, and the next step. Can be used
 * in an expression.
 */
export function fail(
  code: keyof typeof NEXT_STEP,
  rule: string,
  received: unknown,
  cause?: unknown,
  next = NEXT_STEP[code],
): never {
  throw new ModelError(code, `${rule}. Received: ${show(received)}. ${next}.`, cause);
}

export type Fail = typeof fail;

/**
 * For errors-lent.ts, which takes the place of this module where somebody else's `fail` is to be
 * used.
 */
export const borrow: (lent: Fail) => void = () => undefined;

/** A received value, shortened. */
export function show(value: unknown): string {
  // JSON.stringify(undefined) is undefined, although the types say otherwise.
  return String(
    value instanceof Error ? value.message : (JSON.stringify(value) as string | undefined),
  ).slice(0, 120);
}
