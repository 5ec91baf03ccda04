// What the page tells the service worker once a model runs. Types only: each of the two has globals of its own.

/** All addresses are absolute. */
export interface Ran {
  /** Of the version that runs. */
  readonly manifest: string;
  /** The files of the format that was loaded. Without one of them the model cannot run. */
  readonly files: readonly string[];
  /** Whatever the page has read so far: its code, this model's other files, and much that is not to be kept. */
  readonly read: readonly string[];
}

/** Its key is the protocol's version: a page and a worker of different builds meet, and must not misread each other. */
export interface Message {
  readonly ran?: Ran;
}
