export {};

declare global {
  /** The globals of blog.js: events that were heard, an element through shadow roots, true for a page from the history. */
  var heard: string[];
  var find: (...path: string[]) => HTMLElement | null;
  var persisted: boolean | undefined;
}
