// The element's attributes that are properties, too.

export const STRING_ATTRIBUTES = [
  "src",
  "alt",
  "loading",
  "theme",
  "format",
  "labels",
  "integrity",
  "key",
  "name",
] as const;
export const FLAGS = ["compact", "explain", "required", "disabled", "readOnly"] as const;

/**
 * Properties that reflect the attributes of the same name, which describe.ts describes; "" where an
 * attribute is missing.
 */
export type StringAttributes = Record<(typeof STRING_ATTRIBUTES)[number], string>;
/** Properties that reflect attributes without a value. */
export type Flags = Record<(typeof FLAGS)[number], boolean>;

/** Define the properties, on the element's prototype. */
export function reflect(prototype: HTMLElement): void {
  for (const name of [...STRING_ATTRIBUTES, ...FLAGS]) {
    const isFlag = (FLAGS as readonly string[]).includes(name);
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: HTMLElement) {
        return isFlag ? this.hasAttribute(name) : (this.getAttribute(name) ?? "");
      },
      set(this: HTMLElement, value: string | boolean | null | undefined) {
        // Frameworks remove an attribute by setting its property to null or undefined.
        if (isFlag ? !value : value == null) this.removeAttribute(name);
        else this.setAttribute(name, isFlag ? "" : (value as string));
      },
    });
  }
}
