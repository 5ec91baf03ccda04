// The worker that trains, seen from the page; and what the published model can tell about how to train it.
import type { Model } from "../../runtime/types.ts";
import type { Plan } from "../training/session.ts";
import type { News, Order } from "./messages.ts";

/** Through the images: with 1,800 of them in batches of 32, 570 steps. */
const EPOCHS = 10;

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

/** The published model's training plan; null if unknown. Its inputs are `factor` where a pixel is full of ink. */
export function planOf({ manifest: { training, recipe } }: Model, factor: number): Plan | null {
  const settings = recipe?.["training"] as { readonly learning_rate?: number } | undefined;
  if (!training || settings?.learning_rate === undefined) return null;
  return {
    rate: settings.learning_rate,
    batch: training.batch_size,
    epochs: EPOCHS,
    seed: training.seed,
    full: factor,
  };
}
