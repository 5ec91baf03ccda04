// The messages between frame.html and frame.js. A page may have pinned an older frame.js: only add
// to them, never rename.

export const TYPE = "sketch-classifier";

/**
 * From frame.html to its parent, whenever the height changes and on request: a message with nothing
 * but this type.
 */
export interface HeightMessage {
  readonly type: typeof TYPE;
  /** Height of the whole content at the frame's current width, in CSS pixels. */
  readonly height: number;
}
