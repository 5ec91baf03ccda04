import type Axe from "axe-core";
import type { load as Load } from "../../../web/src/embed/embed.ts";

declare global {
  /**
   * The globals of blog.js: events that were heard, an element through shadow roots, true for a
   * page from the history.
   */
  var heard: string[];
  var find: (...path: string[]) => HTMLElement | null;
  var persisted: boolean | undefined;
  /** Put there by pages of tests, and by a test for screen readers. */
  var load: typeof Load;
  var axe: typeof Axe;
}
