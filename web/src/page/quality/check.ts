// "Check in this browser": runs test images through the model on this page, and compares the results with those of Keras.
import { fail } from "../../runtime/errors.ts";
import { prepareImage } from "../../runtime/preprocess/all-steps.ts";
import type { Model } from "../../runtime/types.ts";
import { create, createButton, setText } from "../dom.ts";
import { bytesOf, hasTestImages, readImages, readJson } from "../files.ts";
import { fixed, kilobytes, tiny, whole } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Store } from "../state.ts";
import { browserName, compare, type Comparison } from "./compare.ts";
import { parityOf } from "./evaluation.ts";
import { outcome } from "./gates.ts";
import { numbers, part, type Part } from "./part.ts";

/** How long to work before yielding to the page: half a frame. */
const CHUNK_MS = 8;

interface Outcome extends Comparison {
  /** Mean time of a prediction, without preprocessing. */
  readonly milliseconds: number;
}

/** Process the items one by one, yielding to the rest of the page in between. */
async function processInChunks<In, Out>(
  items: readonly In[],
  work: (item: In) => Out | Promise<Out>,
  onProgress: (done: number) => void,
): Promise<{ readonly results: readonly Out[]; readonly milliseconds: number }> {
  const results: Out[] = [];
  let milliseconds = 0;
  let start = performance.now();
  for (const item of items) {
    results.push(await work(item));
    onProgress(results.length);
    const spent = performance.now() - start;
    if (spent < CHUNK_MS && results.length < items.length) continue;
    milliseconds += spent;
    await new Promise<void>((resume) => setTimeout(resume));
    start = performance.now();
  }
  return { results, milliseconds };
}

/** @param onProgress Called with the fraction that is done. */
async function run(model: Model, onProgress: (fraction: number) => void): Promise<Outcome> {
  const { images } = await readJson(model, "reference");
  const pictures = await readImages(model, "reference_images");
  const { image } = model.manifest.input;
  const steps = model.manifest.preprocess?.image;
  if (!image || !steps) return fail("unsupported", "The model must read images", model.manifest.name);
  if (pictures.length !== images.length || images.length === 0) {
    fail("integrity", `reference_images must contain ${images.length} images, at least one`, pictures.length);
  }
  const half = (done: number) => done / images.length / 2;
  const prepared = await processInChunks(
    pictures,
    (picture) => prepareImage(picture, image, steps),
    (done) => {
      onProgress(half(done));
    },
  );
  const predicted = await processInChunks(
    prepared.results,
    (input) => model.predict(input),
    (done) => {
      onProgress(0.5 + half(done));
    },
  );
  const here = predicted.results.map(({ probabilities }) => probabilities ?? new Float32Array());
  const recorded = images.map(({ probabilities }) => probabilities);
  return { ...compare(recorded, here), milliseconds: predicted.milliseconds / images.length };
}

function show(model: Model, { images, maxDifference, agreeing, milliseconds }: Outcome): readonly HTMLElement[] {
  const parity = parityOf(model);
  const words = say.quality.check;
  const rows: [string, Node | string][] = [
    [words.same, words.of(whole(agreeing), whole(images))],
    [words.largest, create("span", "largest-difference", tiny(maxDifference))],
  ];
  if (parity) {
    rows.push([words.limit, tiny(parity.limit)], [words.result, outcome(maxDifference <= parity.limit)]);
  }
  // Browsers round their clocks, some to whole milliseconds: do not show more digits than they have.
  rows.push([words.one, milliseconds < 0.01 ? words.under(fixed(0.01, 2)) : `${fixed(milliseconds, 2)}\u00a0ms`]);
  rows.push([words.format, `${model.format.id}, ${model.format.dtype}`]);
  return [numbers(words.measured(browserName(navigator.userAgent) ?? words.browser), rows)];
}

export const check: Part = (model: Model, store: Store) => {
  if (!hasTestImages(model) || !model.manifest.preprocess) return null;
  const words = say.quality.check;
  const button = createButton("action", () => void start(), words.button);
  const progress = create("progress", "status-progress");
  progress.setAttribute("aria-label", words.progress);
  progress.hidden = true;
  const spoken = create("p", "unseen");
  spoken.setAttribute("role", "status");
  const result = create("div", "check-result");
  let running = false;

  async function start(): Promise<void> {
    if (running) return; // not `disabled`: the button would lose the keyboard focus
    running = true;
    button.setAttribute("aria-disabled", "true");
    progress.removeAttribute("value");
    progress.hidden = false;
    result.replaceChildren();
    setText(spoken, words.checking);
    try {
      const found = await run(model, (fraction) => (progress.value = fraction));
      result.replaceChildren(...show(model, found));
      setText(spoken, words.spoken(whole(found.agreeing), whole(found.images), tiny(found.maxDifference)));
    } catch (error) {
      // A model that has been replaced meanwhile refuses, and this part is gone with it.
      if (store.state.model === model) {
        setText(spoken, words.failed);
        result.replaceChildren(failureNote(words.incomplete, error, () => void start()));
      }
    } finally {
      running = false;
      progress.hidden = true;
      button.removeAttribute("aria-disabled");
    }
  }

  const size = kilobytes(bytesOf(model, "reference", "reference_images"));
  const parity = parityOf(model);
  return part(
    words.title,
    "half",
    create("p", "explains", words.explains(size, parity ? tiny(parity.limit) : null)),
    button,
    progress,
    spoken,
    result,
  );
};
