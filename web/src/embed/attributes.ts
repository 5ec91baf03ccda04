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
export const FLAGS = ["explain", "required", "disabled", "readOnly"] as const;

/** Properties that reflect the attributes of the same name; "" where an attribute is missing. */
export interface StringAttributes {
  /** URL of a `latest.json` or of a version's `manifest.json`; relative to the page. */
  src: string;
  /** Accessible name of the element, announced by screen readers. */
  alt: string;
  /** "lazy": load when it comes near the viewport. Anything else: load at once. */
  loading: string;
  /** "light" or "dark". Anything else: the page's text colour on the page's background. */
  theme: string;
  /** Id of one of the manifest's formats. Default: the smallest one that was verified. */
  format: string;
  /** Labels to show instead of the model's: the same number, separated by commas. */
  labels: string;
  /** Hash of the file at `src`, as in script elements. */
  integrity: string;
  /** Public key that must have signed the model: ECDSA P-256, in base64. */
  key: string;
  /** Under which a form posts the value. */
  name: string;
}

/** Properties that reflect attributes without a value. */
export interface Flags {
  /** Show which pixels count for the answer and which against it. Only linear models can be explained. */
  explain: boolean;
  /** The form cannot be sent without an answer. */
  required: boolean;
  /** Nobody can draw, and the form does not post the value. */
  disabled: boolean;
  /** Nobody can draw; the form posts the value. */
  readOnly: boolean;
}

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
