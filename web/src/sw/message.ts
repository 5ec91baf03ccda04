// Message from the page to the service worker once a model runs. Types only: page and worker have
// different globals.

/** All addresses are absolute. */
export interface Ran {
  /** The manifest of the version that runs. */
  readonly manifest: string;
  /** The files of the format that was loaded. Without one of them the model cannot run. */
  readonly files: readonly string[];
  /**
   * Everything the page has read so far: its code, this model's other files, and much that should
   * not be kept.
   */
  readonly read: readonly string[];
}

/**
 * The key is the protocol's version: page and worker may be of different builds and must not
 * misread each other.
 */
export interface Message {
  readonly ran?: Ran;
}
