// What is printed: a handout about what is on the pad, made when printing begins. On paper nothing moves and nothing can be
// pressed, so it has its own layout. Its pictures are dark on white in every theme, and readable without colour.
import { isDarkOnBright } from "../../runtime/manifest.ts";
import type { Model, Prediction } from "../../runtime/types.ts";
import { paintPhoto, paintValues } from "../colours.ts";
import { context2d, create, createHeader } from "../dom.ts";
import { magnitude, percent, signed } from "../format.ts";
import { say } from "../language.ts";
import type { PageState, Store } from "../state.ts";
import { largestOf, subjectOf } from "../subject.ts";
import "./handout.css";
import { sumsOf } from "./sums.ts";

const INK = [
  [255, 255, 255],
  [0, 0, 0],
] as const;
/** Against, nothing, for. Without colour, what counts for an answer is still the darkest. */
const WEIGHTS = [
  [242, 153, 84],
  [255, 255, 255],
  [8, 38, 92],
] as const;
/** Dots of paper for each pixel of a picture. */
const ZOOM = 10;
const NOTES = 5; // lines: the whole is one page of A4, and of Letter

/** From now on, printing prints a handout, as soon as there is a model. */
export function followPrinting(store: Store): void {
  let sheet: HTMLElement | null = null;
  const remove = () => {
    sheet?.remove();
    sheet = null;
    document.documentElement.classList.remove("hands-out");
  };
  const hand = () => {
    remove();
    const { model } = store.state;
    if (!model) return;
    sheet = sheetOf(model, store.state);
    document.body.append(sheet);
    document.documentElement.classList.add("hands-out");
  };
  addEventListener("beforeprint", hand);
  addEventListener("afterprint", remove);
  // A preview of the developer tools, and older Safari.
  matchMedia("print").addEventListener("change", ({ matches }) => {
    if (matches && !sheet) hand();
    else if (!matches) remove();
  });
}

function sheetOf(model: Model, state: PageState): HTMLElement {
  const words = say.handout;
  const { prediction } = state;
  const blank = (name: string) => create("span", "handout-blank", `${name}:`);
  const question = document.querySelector(".tour-question")?.lastChild?.textContent?.trim();
  const lines = Array.from({ length: NOTES }, () => create("div", "handout-line"));
  return create(
    "article",
    "handout",
    create("header", "", create("h1", "", document.title), create("p", "", blank(words.name), blank(words.date))),
    ...(prediction ? [picturesOf(model, state, prediction), sumOf(model, prediction)] : []),
    ...weightsOf(model),
    create(
      "section",
      "handout-notes",
      create("h2", "", question === undefined ? words.notes : words.question),
      ...(question === undefined ? [] : [create("p", "", question)]),
      ...lines,
    ),
    create("footer", "", create("p", "", words.address), create("p", "handout-address", location.href)),
  );
}

function picturesOf(model: Model, { ink, placed }: PageState, prediction: Prediction): HTMLElement {
  const words = say.handout;
  const { height = 1, width = 1, channels = 1 } = model.manifest.input.image ?? {};
  const size = { height, width };
  const figures: HTMLElement[] = [];
  // A test image is what it is: there is no drawing beside it.
  if (placed)
    figures.push(
      figure(
        pictureOf(size, placed.picture, channels, isDarkOnBright(model.manifest) && !placed.changed),
        placed.caption,
      ),
    );
  else if (ink) figures.push(figure(drawingOf(ink.context.canvas), words.drawing));
  const { picture } = prediction;
  if (picture) figures.push(figure(pictureOf(size, picture, channels, false), words.pixels(width, height)));
  const answer = words.answer(prediction.label, percent(prediction.probabilities[prediction.labelIndex] ?? 0));
  return create("section", "handout-pictures", ...figures, create("p", "handout-answer", answer));
}

const figure = (canvas: HTMLCanvasElement, caption: string): HTMLElement =>
  create("figure", "", canvas, create("figcaption", "", caption));

/** The strokes, which are black here in every theme, or the visitor's own image. */
function drawingOf(source: HTMLCanvasElement): HTMLCanvasElement {
  const canvas = create("canvas", "");
  canvas.width = canvas.height = Math.max(source.width, source.height);
  const context = context2d(canvas);
  context.drawImage(source, (canvas.width - source.width) / 2, (canvas.height - source.height) / 2);
  return canvas;
}

/** One pixel is a square that can be counted. */
function pictureOf(
  { height, width }: { readonly height: number; readonly width: number },
  values: ArrayLike<number>,
  channels: number,
  isPhoto: boolean,
  ramp: typeof INK | typeof WEIGHTS = INK,
): HTMLCanvasElement {
  const small = create("canvas", "");
  const large = create("canvas", "");
  Object.assign(small, { height, width });
  Object.assign(large, { height: height * ZOOM, width: width * ZOOM });
  if (isPhoto || channels > 1) paintPhoto(context2d(small), values);
  else paintValues(context2d(small), values, ramp, ramp === INK ? 0 : -1);
  const context = context2d(large);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  if (ramp !== INK) return large; // nobody counts the pixels of weights
  context.fillStyle = "rgb(128 128 128 / 25%)";
  for (let x = 1; x < width; x++) context.fillRect(x * ZOOM, 0, 1, large.height);
  for (let y = 1; y < height; y++) context.fillRect(0, y * ZOOM, large.width, 1);
  return large;
}

/** The sum of a linear model with all its numbers; of another one, the shares. */
function sumOf({ labels, linear }: Model, { input, probabilities, labelIndex }: Prediction): HTMLElement {
  const words = say.handout;
  const { answer, share, ...terms } = words.columns;
  const rows = linear ? sumsOf(input, linear) : null;
  const cells = (index: number): readonly string[] => {
    const row = rows?.[index];
    const last = percent(probabilities[index] ?? 0);
    if (!row) return [last];
    const { positive, negative, bias, score, power } = row;
    return [...[positive, negative, bias, score].map((term) => signed(term)), magnitude(power), last];
  };
  const columns = [answer, ...(rows ? Object.values(terms) : []), share];
  const body = labels.map((label, index) =>
    create(
      "tr",
      index === labelIndex ? "handout-winner" : "",
      createHeader("row", label),
      ...cells(index).map((text) => create("td", "", text)),
    ),
  );
  const head = create("tr", "", ...columns.map((column) => createHeader("col", column)));
  return create(
    "section",
    "handout-sum",
    create("h2", "", words.sum),
    ...(rows ? [create("p", "", words.sumNote)] : []),
    create("table", "", create("thead", "", head), create("tbody", "", ...body)),
  );
}

function weightsOf(model: Model): readonly HTMLElement[] {
  const subject = subjectOf(model);
  if (!subject) return [];
  const { linear, image, labels } = subject;
  const most = largestOf(linear.kernel) || 1;
  const pictures = labels.map((label, index) => {
    const weights = linear.kernel.filter((_, place) => place % linear.outputs === index).map((weight) => weight / most);
    return figure(pictureOf(image, weights, 1, false, WEIGHTS), label);
  });
  const { weights, weightsNote } = say.handout;
  const row = create("div", "handout-row", ...pictures);
  return [create("section", "handout-weights", create("h2", "", weights), create("p", "", weightsNote), row)];
}
