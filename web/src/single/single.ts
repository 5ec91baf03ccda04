// The script of `pipeline versions single-file`: in one HTML file with the model, so that nothing
// is fetched.
import { define } from "../embed/define.ts";
import { filesAtHand } from "../embed/files-at-hand.ts";
import { fromBase64 } from "../runtime/trust/base64.ts";

/** Content that pipeline/site/single_file.py writes into the page. */
interface Held {
  /** Path → content in base64: manifest.json, and the files of one format. */
  readonly files: Readonly<Record<string, string>>;
  readonly format: string;
}

/** No browser can ask a network for this scheme. */
const ROOT = "file-itself:/";

const element = document.querySelector("sketch-classifier")!;
const { files, format } = JSON.parse(document.querySelector("#model")!.textContent) as Held;
const decoded = Object.entries(files).map(
  ([path, text]) => [path, fromBase64(text, "integrity", path)] as const,
);
element.fetch = filesAtHand(Object.fromEntries(decoded), ROOT);
element.setAttribute("format", format);
element.setAttribute("src", `${ROOT}manifest.json`);
define();
