// State of the visitor's training in the worker: phase, progress, results.
import { fail, ModelError } from "../../runtime/errors.ts";
import { readFile } from "../files.ts";
import type { Subject } from "../subject.ts";
import type { Plan } from "../training/session.ts";
import type { Measure, News, Trained } from "./messages.ts";
import { createTrainer, type Trainer } from "./trainer.ts";

export const FILES = ["training_images", "held_out_images"] as const;

export type Phase = "idle" | "fetching" | "preparing" | "running" | "stopped" | "done" | "failed";

export class Session {
  phase: Phase = "idle";
  /** True once images were requested. */
  begun = false;
  /** Plan of the training that runs or ran last. */
  plan: Plan | null = null;
  /** While images are prepared. */
  share = 0;
  /** Where the training is; null before it, and after a reset. */
  last: Trained | null = null;
  measures: Measure[] = [];
  /** Numbers of images; 0 until they are there. */
  counts = { training: 0, heldOut: 0 };
  error: unknown = null;
  #trainer: Trainer | null = null;
  readonly #subject: Subject;
  readonly #planOf: () => Plan;
  readonly #onChange: () => void;

  constructor(subject: Subject, planOf: () => Plan, onChange: () => void) {
    this.#subject = subject;
    this.#planOf = planOf;
    this.#onChange = onChange;
  }

  /** Start, stop or go on, whichever comes next. */
  press(): void {
    const { phase } = this;
    if (!this.begun || phase === "failed") void this.#prepare();
    else if (phase === "running") this.#turn("stopped");
    else if (phase === "stopped") this.#turn("running");
    else if (phase === "idle" || phase === "done") this.#begin();
  }

  /** Begin again with other settings, unless nothing was begun. */
  restart(): void {
    if (this.phase === "running" || this.phase === "stopped" || this.phase === "done") this.#begin();
  }

  /** Back to weights of zero. Images that were prepared stay. */
  reset(): void {
    if (this.phase === "fetching" || this.phase === "preparing" || this.phase === "failed") this.end();
    else this.#trainer?.order({ kind: "stop" });
    this.last = null;
    this.measures = [];
    this.#to("idle");
  }

  /** Stop everything. */
  end(): void {
    this.#trainer?.end();
    this.#trainer = null;
    this.begun = false;
  }

  async #prepare(): Promise<void> {
    this.end();
    const trainer: Trainer = createTrainer((news) => {
      if (trainer === this.#trainer) this.#hear(news);
    });
    this.#trainer = trainer;
    this.begun = true;
    this.last = null;
    this.measures = [];
    this.share = 0;
    this.#to("fetching");
    const { model, image, labels } = this.#subject;
    try {
      const [training, heldOut] = await Promise.all([readFile(model, FILES[0]), readFile(model, FILES[1])]);
      if (trainer !== this.#trainer) return;
      const steps = model.manifest.preprocess?.image ?? fail("manifest", "The manifest must list image steps", null);
      this.#to("preparing");
      const size = { height: image.height, width: image.width, channels: 1 };
      trainer.order({ kind: "prepare", training, heldOut, image: size, steps, outputs: labels.length });
    } catch (error) {
      if (trainer === this.#trainer) this.#failed(error);
    }
  }

  #begin(): void {
    if (!this.begun) return;
    this.plan = this.#planOf();
    this.#trainer?.order({ kind: "begin", plan: this.plan });
    this.#to("running");
  }

  #turn(phase: "running" | "stopped"): void {
    this.#trainer?.order({ kind: phase === "running" ? "go on" : "stop" });
    this.#to(phase);
  }

  #hear(news: News): void {
    if (news.kind === "failed") {
      this.#failed(news.code ? new ModelError(news.code, news.message) : new Error(news.message));
    } else if (news.kind === "preparing") {
      this.share = news.done / news.of;
      this.#onChange();
    } else if (news.kind === "prepared") {
      this.counts = news;
      this.#begin();
    } else if (this.phase === "running") {
      this.last = news;
      if (news.steps === 0) this.measures = [];
      this.measures.push(...news.measured);
      this.#to(news.steps === news.total ? "done" : "running");
    }
  }

  #failed(error: unknown): void {
    this.error = error;
    this.#to("failed");
  }

  #to(phase: Phase): void {
    this.phase = phase;
    this.#onChange();
  }
}
