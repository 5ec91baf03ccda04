// "Check in this browser": test images through the model that runs here, against the probabilities that Keras recorded.
import { fail } from "../../runtime/errors.ts";
import { prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Model } from "../../runtime/types.ts";
import { create, setText } from "../dom.ts";
import { bytesOf, hasFile, readImages, readJson } from "../files.ts";
import { kilobytes, tiny } from "../format.ts";
import { failureNote } from "../loading.ts";
import type { Store } from "../state.ts";
import { browserName, compare, type Comparison } from "./compare.ts";
import { parityOf } from "./evaluation.ts";
import { outcome } from "./gates.ts";
import { numbers, part, type Part } from "./part.ts";

/** How long to work before the page may draw and answer again: half a frame. */
const CHUNK_MS = 8;

interface Outcome extends Comparison {
  /** Mean of one prediction, preparation left out. */
  readonly milliseconds: number;
}

/** Work on one after the other, letting everything else on the page have its turn in between. */
async function inTurns<In, Out>(
  items: readonly In[],
  work: (item: In) => Out | Promise<Out>,
  report: (done: number) => void,
): Promise<{ readonly results: readonly Out[]; readonly milliseconds: number }> {
  const results: Out[] = [];
  let milliseconds = 0;
  let start = performance.now();
  for (const item of items) {
    results.push(await work(item));
    report(results.length);
    const spent = performance.now() - start;
    if (spent < CHUNK_MS && results.length < items.length) continue;
    milliseconds += spent;
    await new Promise<void>((resume) => setTimeout(resume));
    start = performance.now();
  }
  return { results, milliseconds };
}

/** @param report Is told what share of the images is done. */
async function run(model: Model, report: (share: number) => void): Promise<Outcome> {
  const { images } = await readJson(model, "reference");
  const pictures = await readImages(model, "reference_images");
  const { image } = model.manifest.input;
  const steps = model.manifest.preprocess?.image;
  if (!image || !steps) return fail("unsupported", "The model must look at images", model.manifest.name);
  if (pictures.length !== images.length || images.length === 0) {
    fail("integrity", `reference_images must hold ${images.length} images, at least one`, pictures.length);
  }
  const half = (done: number) => done / images.length / 2;
  const prepared = await inTurns(
    pictures,
    (picture) => prepareImage(picture, image, steps),
    (done) => {
      report(half(done));
    },
  );
  const predicted = await inTurns(
    prepared.results,
    (input) => model.predict(input),
    (done) => {
      report(0.5 + half(done));
    },
  );
  const here = predicted.results.map(({ probabilities }) => probabilities ?? new Float32Array());
  const recorded = images.map(({ probabilities }) => probabilities);
  return { ...compare(recorded, here), milliseconds: predicted.milliseconds / images.length };
}

function show(model: Model, { images, maxDifference, agreeing, milliseconds }: Outcome): readonly HTMLElement[] {
  const parity = parityOf(model);
  const rows: [string, Node | string][] = [
    ["same answer as Keras", `${agreeing} of ${images}`],
    ["largest difference", create("span", "largest-difference", tiny(maxDifference))],
  ];
  if (parity) {
    rows.push(["limit for this format", tiny(parity.limit)], ["outcome", outcome(maxDifference <= parity.limit)]);
  }
  // Browsers round their clocks, some to a whole millisecond: no digits that they do not have.
  rows.push(["one prediction", milliseconds < 0.01 ? "under 0.01\u00a0ms" : `${milliseconds.toFixed(2)}\u00a0ms`]);
  rows.push(["format", `${model.format.id}, ${model.format.dtype}`]);
  const browser = browserName(navigator.userAgent) ?? "this browser";
  return [numbers(`Measured just now in ${browser}`, rows)];
}

export const check: Part = (model: Model, store: Store) => {
  const { preprocess, input } = model.manifest;
  if (
    !hasFile(model, "reference") ||
    !hasFile(model, "reference_images") ||
    !preprocess ||
    input.image?.channels !== 1
  ) {
    return null;
  }
  const button = create("button", "action", "Check in this browser");
  button.type = "button";
  const progress = create("progress", "");
  progress.setAttribute("aria-label", "Images checked");
  progress.hidden = true;
  const spoken = create("p", "unseen");
  spoken.setAttribute("role", "status");
  const result = create("div", "check-result");
  let running = false;

  async function start(): Promise<void> {
    if (running) return; // not `disabled`, which would take the keyboard's focus away
    running = true;
    button.setAttribute("aria-disabled", "true");
    progress.removeAttribute("value");
    progress.hidden = false;
    result.replaceChildren();
    setText(spoken, "Checking…");
    try {
      const found = await run(model, (share) => (progress.value = share));
      result.replaceChildren(...show(model, found));
      setText(
        spoken,
        `${found.agreeing} of ${found.images} answers are the same; largest difference ${tiny(found.maxDifference)}.`,
      );
    } catch (error) {
      // A model that was exchanged meanwhile refuses, and this part is gone with it.
      if (store.state.model === model) {
        setText(spoken, "The check failed.");
        result.replaceChildren(failureNote("The check could not be done.", error, () => void start()));
      }
    } finally {
      running = false;
      progress.hidden = true;
      button.removeAttribute("aria-disabled");
    }
  }
  button.addEventListener("click", () => void start());

  const size = kilobytes(bytesOf(model, "reference", "reference_images"));
  const parity = parityOf(model);
  const allowed = parity ? ` The same limit holds as before publishing: ${tiny(parity.limit)}.` : "";
  return part(
    "Does it answer here as it did in Keras?",
    "half",
    create(
      "p",
      "explains",
      "Downloads test images with the probabilities that Keras itself recorded for them, runs them through the model in " +
        `this page, and compares every probability (${size}).${allowed}`,
    ),
    button,
    progress,
    spoken,
    result,
  );
};
