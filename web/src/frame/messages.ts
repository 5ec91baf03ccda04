// The postMessage protocol between frame.html and frame.js. Pages may have pinned an older frame.js: extend, never
// rename.

export const TYPE = "sketch-classifier";

/**
 * From frame.html to the embedding page, whenever it changes, and when that page asks with a message of just this type.
 */
export interface HeightMessage {
  readonly type: typeof TYPE;
  /** Of the whole content at the frame's present width, in CSS pixels. */
  readonly height: number;
}
