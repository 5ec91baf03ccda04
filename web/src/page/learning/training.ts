// Train one yourself: a model like the published one, here, from nothing. The published one stays
// as it is.
import { ModelError } from "../../runtime/errors.ts";
import type { Prediction } from "../../runtime/types.ts";
import { create, createButton, setText } from "../dom.ts";
import { bytesOf, hasFile, readFile } from "../files.ts";
import { kilobytes, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Subject } from "../subject.ts";
import { answerOf, sharesOf } from "../training/sgd.ts";
import { evenSteps, type Film } from "./frames.ts";
import type { News, Order, Plan, Trained } from "./worker.ts";

const FILES = ["training_images", "held_out_images"] as const;
/** Through the images: with 1,800 of them in batches of 32, 570 steps. */
const EPOCHS = 10;

/**
 * The published model's training plan, for fewer epochs; null if unknown. Its inputs are `factor`
 * where a pixel is full of ink.
 */
export function planOf({ model: { manifest }, factor }: Subject): Plan | null {
  const { training, recipe } = manifest;
  const settings = recipe?.["training"] as { readonly learning_rate?: number } | undefined;
  if (!training || settings?.learning_rate === undefined) return null;
  const { batch_size: batch, seed } = training;
  return { rate: settings.learning_rate, batch, epochs: EPOCHS, seed, full: factor };
}

/** @returns null if the version has no training images. */
export function createTraining(subject: Subject, onChange: () => void) {
  const { model, image, labels } = subject;
  const words = say.learning;
  const plan = planOf(subject);
  const steps = model.manifest.preprocess?.image;
  if (!plan || !steps || !FILES.every((file) => hasFile(model, file))) return null;

  let worker: Worker | null = null;
  let film: Film | null = null;
  let last: Trained | null = null;
  const train = createButton("action primary", () => void begin(), words.train);
  const back = createButton("action", leave, words.back);
  const invitation = words.invitation(kilobytes(bytesOf(model, ...FILES)));
  const told = create("div", "learning-told");
  told.setAttribute("role", "status");
  setText(told, invitation);
  const answer = create("p", "");
  const title = create("h3", "", words.trainTitle);
  const element = create(
    "div",
    "stack learning-train",
    title,
    told,
    answer,
    create("div", "buttons", train, back),
  );

  function end(): void {
    worker?.terminate();
    worker = null;
    train.setAttribute("aria-disabled", "false");
  }

  function leave(): void {
    end();
    film = last = null;
    setText(told, invitation);
    train.focus(); // the button that was pressed goes
    onChange();
  }

  async function begin(): Promise<void> {
    if (worker) return;
    const mine = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker = mine;
    train.setAttribute("aria-disabled", "true");
    setText(told, words.fetching);
    mine.addEventListener("message", ({ data }) => {
      if (worker === mine) hear(data as News);
    });
    mine.addEventListener("error", ({ message }) => {
      // Without a message its file did not arrive.
      const told = message || "The worker could not be loaded.";
      if (worker === mine) fail(message ? new Error(told) : new ModelError("network", told));
    });
    try {
      const [training, heldOut] = await Promise.all([
        readFile(model, FILES[0]),
        readFile(model, FILES[1]),
      ]);
      const size = { height: image.height, width: image.width, channels: 1 };
      const order: Order = {
        training,
        heldOut,
        image: size,
        steps: steps!,
        outputs: labels.length,
        plan: plan!,
      };
      mine.postMessage(order);
    } catch (error) {
      if (worker === mine) fail(error);
    }
  }

  function fail(error: unknown): void {
    end();
    told.replaceChildren(failureNote(words.failed, error, () => void begin()));
  }

  function hear(news: News): void {
    if (news.kind === "failed") {
      fail(news.code ? new ModelError(news.code, news.message) : new Error(news.message));
      return;
    }
    const { steps, kernel, total, measured, heldOut } = news;
    const isDone = steps === total;
    const due = evenSteps(total);
    if (!film || steps === 0) {
      film = { frames: due.map((step) => ({ step, kernel: null })), curve: [], total };
      setText(told, words.training);
    }
    last = news;
    // A picture shows how far the training is until its own step comes.
    const frames = film.frames.map((frame, place) =>
      steps > (due[place - 1] ?? -1) && (!frame.kernel || steps <= due[place]!)
        ? { step: steps, kernel }
        : frame,
    );
    film = { ...film, frames, curve: [...film.curve, ...measured] };
    if (isDone) {
      end();
      setText(told, words.done(percent(measured.at(-1)?.[1] ?? 0), whole(heldOut)));
    }
    // With less motion, it is drawn once: when it is done.
    if (isDone || !matchMedia("(prefers-reduced-motion: reduce)").matches) onChange();
  }

  return {
    element,
    /** The film of the training here; null before. */
    film: () => film,
    /** @param prediction Null where nothing is on the pad, or nothing is claimed of it. */
    show(prediction: Prediction | null) {
      back.hidden = !film;
      const shares =
        last && prediction && sharesOf({ ...last, outputs: labels.length }, prediction.input);
      const best = shares && answerOf(shares);
      setText(answer, best === null ? "" : words.answer(labels[best]!, percent(shares![best]!)));
    },
    end,
  };
}
