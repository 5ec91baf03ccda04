// Reading untrusted JSON.

/** The value itself where it is an object; an empty object otherwise. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lengths of an array's axes. */
export function isShape(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length > 0)
  );
}

/** Equal as JSON. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A table's own entry, never an inherited one such as `constructor`. */
export function entry<T>(table: Readonly<Record<string, T>>, key: unknown): T | undefined {
  return typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** How many numbers an array of this shape holds. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);
