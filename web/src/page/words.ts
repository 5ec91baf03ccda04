// The page's title and description, and the noun for a drawing, in its language. Readers without
// JavaScript get the same in English by pipeline/site/page_words.py; tests/fixtures/page_words.json
// holds both to it. No DOM.
import { takesPhotos, type Manifest } from "../runtime/manifest.ts";
import { fixed, whole } from "./format.ts";
import { say } from "./language.ts";

/** The manifest's noun for a drawing; null if it has none. */
export const nounOf = ({ noun }: Manifest): string | null =>
  noun === "drawing" ? null : (noun ?? null);

/** The prompt for the pad: "Draw a shape", or only "Draw". */
export const drawWhat = (manifest: Manifest): string => say.page.draw(nounOf(manifest));

/**
 * The prompt of a model that reads drawings; the answers are below it. Of other nouns the heading
 * is "Draw a shape".
 */
export const task = (manifest: Manifest): string =>
  nounOf(manifest) === "digit" ? drawWhat(manifest) : say.draw.oneOfThese;

/** One image of the data set, on a button. */
export const oneTestImage = (manifest: Manifest): string => say.draw.testOne(nounOf(manifest));

/** The element on other people's pages, in their HTML: its name, and what it is. */
export function embedded(manifest: Manifest): { readonly name: string; readonly thing: string } {
  const thing = takesPhotos(manifest) ? say.use.photoThing : say.use.thing;
  const draw = drawWhat(manifest).replace(/["&'<>]/g, "");
  const isNamed = !takesPhotos(manifest) && nounOf(manifest) !== null;
  return { name: isNamed ? draw : thing.replace(/^./, (first) => first.toUpperCase()), thing };
}

/** Why drawings on the page are not like the images that the accuracy is about. */
export function difference(manifest: Manifest): string {
  const { unlikeForms, unlikePhotos, unlikeDrawings } = say.page;
  if (manifest.data?.name === "mnist") return unlikeForms;
  return takesPhotos(manifest) ? unlikePhotos : unlikeDrawings;
}

/** By the `data-words` of an element in index.html. */
export type PageWords = Readonly<
  Record<"title" | "heading" | "description" | "promise" | "accuracy", string>
>;

/**
 * All numbers of a linear model of grey images: a weight for each pixel and class, and a bias for
 * each class.
 */
const numbersOf = ({ input: { image }, labels }: Manifest): number =>
  ((image?.height ?? 0) * (image?.width ?? 0) + 1) * labels.length;

/** With that on people's drawings or else its interval; "" where it was not measured. */
function accuracyOf({ metrics, gates }: Manifest): string {
  if (!metrics) return "";
  const {
    test_accuracy: accuracy,
    test_accuracy_interval: interval,
    test_images: images,
  } = metrics;
  const [share, low, high] = [accuracy, ...interval].map((value) => fixed(100 * value, 1));
  const drawn = gates?.find(({ name }) => name === "drawings")?.value;
  if (typeof drawn === "number")
    return say.page.reads(share!, whole(images), fixed(100 * drawn, 1));
  return say.page.accuracy(share!, whole(images), low!, high!);
}

/** @param linear True if the numbers of the model are all that reads the drawing. */
export function pageWords(manifest: Manifest, linear: boolean): PageWords {
  const { page } = say;
  const noun = nounOf(manifest);
  const photos = takesPhotos(manifest);
  const prompt = photos ? page.choose : page.draw(noun);
  const numbers = linear && !photos ? whole(numbersOf(manifest)) : null;
  const see = photos ? page.seePhoto : numbers === null ? page.seeAnswer : page.seeWhy(numbers);
  // then the heading names them, not what to do
  const isCounted = numbers !== null && noun === "digit";
  const heading = manifest.title ?? (isCounted ? page.headline(numbers) : prompt);
  const promise = `${isCounted && !manifest.title ? page.apart : see} ${page.private}`;
  return {
    title: manifest.title ?? `${prompt}. ${see}`,
    heading,
    description: `${photos ? `${prompt}.` : page.drawWith(noun)} ${see} ${page.private}`,
    accuracy: accuracyOf(manifest),
    promise: heading === prompt ? promise : `${prompt}. ${promise}`,
  };
}
