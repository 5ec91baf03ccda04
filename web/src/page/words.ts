// What the page calls itself, and what is drawn on it. Readers without JavaScript are told the same by
// pipeline/site/page_words.py; tests/fixtures/page_words.json holds both to it. No DOM.
import { takesPhotos, type Manifest } from "../runtime/manifest.ts";
import { withArticle } from "./format.ts";

/** Where nobody said what is drawn. */
const ANYTHING = "drawing";

/** Versions of earlier releases do not say it. */
const nounOf = ({ noun, data }: Manifest): string => noun ?? (data?.name === "mnist" ? "digit" : ANYTHING);

/** What to do on the pad: "Draw a shape", or only "Draw". */
export function drawWhat(manifest: Manifest): string {
  const noun = nounOf(manifest);
  return noun === ANYTHING ? "Draw" : `Draw ${withArticle(noun)}`;
}

/** The prompt of a model that reads drawings; the answers stand below it. */
export function task(manifest: Manifest): string {
  const draw = drawWhat(manifest);
  return draw === "Draw" ? "Draw one of these" : draw;
}

/** One image of the data set, on a button. */
export function oneTestImage(manifest: Manifest): string {
  const noun = nounOf(manifest);
  return `Test ${noun === ANYTHING ? "image" : noun}`;
}

/** The element on other people's pages, in their HTML: its name, and what it is. */
export function embedded(manifest: Manifest): { readonly name: string; readonly thing: string } {
  const thing = takesPhotos(manifest) ? "image classifier" : "drawing pad";
  const draw = drawWhat(manifest).replace(/["&'<>]/g, "");
  const name = takesPhotos(manifest) || draw === "Draw" ? thing.replace(/^./, (first) => first.toUpperCase()) : draw;
  return { name, thing };
}

/** Why drawings on the page are not like the images that the accuracy is about. */
export function difference(manifest: Manifest): string {
  if (manifest.data?.name === "mnist") {
    return "Drawing on a screen is different from writing on the forms of the test set";
  }
  const own = takesPhotos(manifest) ? "Your own pictures" : "Drawings on a screen";
  return `${own} are different from the images of the test set`;
}

/** By the `data-words` of an element in index.html. */
export type PageWords = Readonly<Record<"title" | "description" | "promise", string>>;

const PRIVATE = "Nothing leaves this page.";

/** @param explained Whether the page shows how its answers come about. */
export function pageWords(manifest: Manifest, explained: boolean): PageWords {
  const named = (title: string) => manifest.title ?? title;
  if (takesPhotos(manifest)) {
    const promise = `A model says what is in your picture. ${PRIVATE}`;
    return { title: named("Choose a picture, and see what the model makes of it"), description: promise, promise };
  }
  const draw = drawWhat(manifest);
  const promise = `A small model answers as you draw${explained ? ", and shows its working" : ""}. ${PRIVATE}`;
  return {
    title: named(`${draw}, and see ${explained ? "why" : "the answer"}`),
    description: `${draw} with a finger, pen or mouse. ${promise}`,
    promise,
  };
}
