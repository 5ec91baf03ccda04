// Unpacks the page that pipeline/site/single_page.py has packed into one HTML file, and starts it. The file's policy names
// the hashes of the style and of the script that come out.
interface Packed {
  readonly style: string;
  /** JSON, see held.ts. */
  readonly held: string;
  readonly script: string;
}

const packed = atob(document.querySelector("#packed")!.textContent);
const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
const unpacked = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
const { style } = document.documentElement;
style.visibility = "hidden"; // the page without its style must not flash by
void unpacked
  .json()
  .then((page: Packed) => {
    for (const key of ["style", "held", "script"] as const) {
      const element = document.createElement(key === "style" ? "style" : "script");
      if (key === "held") Object.assign(element, { type: "application/json", id: key });
      element.textContent = page[key];
      document.head.append(element);
    }
  })
  .finally(() => {
    style.visibility = "";
  });
