// For a frame whose content the page itself brings, in `srcdoc`: as frame.html looks and reports
// its height.
import { reportHeight } from "./height.ts";
import css from "./page.css?inline";

const sheet = new CSSStyleSheet(); // unlike <style>, no policy forbids it
sheet.replaceSync(css);
document.adoptedStyleSheets = [sheet];

reportHeight(document.querySelector("sketch-classifier")!);
