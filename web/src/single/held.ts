// What the page in one file finds in the file: it is the answer to all that the page asks for.
import { filesAtHand } from "../embed/files-at-hand.ts";
import { without } from "../page/without.ts";
import { fromBase64 } from "../runtime/trust/base64.ts";

/** What pipeline/site/single_page.py packs. */
interface Held {
  /** Path on a site → text. */
  readonly texts: Readonly<Record<string, string>>;
  /** Path on a site → content in base64. */
  readonly binaries: Readonly<Record<string, string>>;
  /** What is left out: see page/without.ts. */
  readonly without: readonly string[];
}

const held = JSON.parse(document.querySelector("#held")!.textContent) as Held;
const encoder = new TextEncoder();
const files = Object.fromEntries([
  ...Object.entries(held.texts).map(([path, text]) => [path, encoder.encode(text)] as const),
  ...Object.entries(held.binaries).map(([path, text]) => [path, fromBase64(text, "integrity", path)] as const),
]);
for (const key of held.without) without.add(key);

const { baseURI } = document;
const answer = filesAtHand(files, new URL(".", baseURI).href);
// The file's policy lets nothing be fetched, so nothing is lost.
globalThis.fetch = (address) => answer(new URL(address instanceof Request ? address.url : address, baseURI).href);
