// The examples of embed.html, as their files have them and as the page prints them.
import { join } from "node:path";

export const EXAMPLES = join(import.meta.dirname, "../../web/src/docs/examples");

/** @param site Its address; its model is called “digits”. */
export const printed = (code: string, site: string): string =>
  code.trim().replaceAll("https://example.org/site/", site).replaceAll("mnist-softmax", "digits");
