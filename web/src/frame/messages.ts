// What frame.html and frame.js say to one another by postMessage. A page may have pinned an older frame.js: extend, never rename.

export const TYPE = "sketch-classifier";

/** From frame.html to the page around it, whenever it changes; and when that page asks, by a message of this type alone. */
export interface HeightMessage {
  readonly type: typeof TYPE;
  /** CSS pixels that the whole content takes at the frame's present width. */
  readonly height: number;
}
