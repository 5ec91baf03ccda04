// The worker that trains, seen from the page; and what the published model can tell about how to train it.
import { headlessHost } from "../../runtime/headless.ts";
import { load } from "../../runtime/load.ts";
import type { LinearWeights, Model } from "../../runtime/types.ts";
import type { Plan } from "../training/course.ts";
import type { News, Order } from "./messages.ts";

export interface Trainer {
  readonly order: (order: Order) => void;
  /** Whatever it is doing. */
  readonly end: () => void;
}

export function createTrainer(hear: (news: News) => void): Trainer {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    hear(data as News);
  });
  worker.addEventListener("error", ({ message }) => {
    // Without a message its file did not arrive.
    hear({ kind: "failed", code: message ? null : "network", message: message || "The worker could not be loaded." });
  });
  return {
    order(order) {
      worker.postMessage(order);
    },
    end() {
      worker.terminate();
    },
  };
}

interface TrainingRecipe {
  readonly learning_rate: number;
  readonly schedule: "constant" | "cosine";
}

/** How the model was trained; null if that is not known. Its inputs are `factor` where a pixel is full of ink. */
export function planOf({ manifest }: Model, factor: number): Plan | null {
  const { training, recipe } = manifest;
  const settings = recipe?.["training"] as Partial<TrainingRecipe> | undefined;
  if (!training || settings?.learning_rate === undefined || settings.schedule === undefined) return null;
  const { seed, batch_size: batch, epochs } = training;
  return { rate: settings.learning_rate, schedule: settings.schedule, batch, epochs, seed, full: factor };
}

/** Keras' own weights, which the page may have downloaded rounded; null if the version has no format with them. */
export async function exactWeights(model: Model): Promise<LinearWeights | null> {
  const exact = model.manifest.formats.find(({ route, dtype }) => route === "layers" && dtype === "float32");
  if (!exact) return null;
  if (exact.id === model.format.id) return model.linear;
  return (await load(model.url, { format: exact.id }, headlessHost)).linear;
}

/** The largest difference between two lists of weights, biases included. */
export function differenceOf(one: Weights, other: Weights): number {
  let most = 0;
  for (const [ours, theirs] of [
    [one.kernel, other.kernel],
    [one.bias, other.bias],
  ] as const) {
    for (const [place, weight] of ours.entries()) most = Math.max(most, Math.abs(weight - theirs[place]!));
  }
  return most;
}

type Weights = Pick<LinearWeights, "kernel" | "bias">;
