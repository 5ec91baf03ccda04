// A training from nothing, batch after batch: each epoch visits all images once, in another order, and a last, smaller batch
// counts as well.
import { inputsOf, type Pictures } from "./pictures.ts";
import { shuffled, trainBatch, zeros, type Examples, type Trainable } from "./sgd.ts";

export interface Plan {
  readonly rate: number;
  /** Images in a step. */
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  /** The model's input where a pixel is full of ink. */
  readonly full: number;
}

export class TrainingSession {
  readonly weights: Trainable;
  /** Steps of the whole session. */
  readonly total: number;
  #steps = 0;
  #order: Uint32Array = new Uint32Array();
  readonly #perEpoch: number;
  readonly #pictures: Pictures;
  readonly #plan: Plan;
  readonly #inputs: Float32Array;
  readonly #batch: Examples;
  readonly #rows: Uint32Array;

  constructor(pictures: Pictures, plan: Plan, outputs: number) {
    const { labels, size } = pictures;
    this.#pictures = pictures;
    this.#plan = plan;
    this.#inputs = inputsOf(plan.full);
    this.#perEpoch = Math.ceil(labels.length / plan.batch);
    this.total = this.#perEpoch * plan.epochs;
    this.weights = zeros(size, outputs);
    // Converted all at once, the images would take four times the memory of their bytes.
    this.#batch = { inputs: new Float32Array(plan.batch * size), labels: new Uint8Array(plan.batch), size };
    this.#rows = Uint32Array.from({ length: plan.batch }, (_, row) => row);
  }

  /** Taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Take a step. Call it only while there are steps left. */
  step(): void {
    const { labels, pixels, size } = this.#pictures;
    const { batch, rate, seed } = this.#plan;
    const place = this.#steps % this.#perEpoch;
    this.#steps++;
    if (place === 0) this.#order = shuffled(labels.length, seed + Math.ceil(this.#steps / this.#perEpoch));
    const rows = this.#order.subarray(place * batch, (place + 1) * batch);
    for (const [at, row] of rows.entries()) {
      this.#batch.labels[at] = labels[row]!;
      const [from, to] = [row * size, at * size];
      for (let i = 0; i < size; i++) this.#batch.inputs[to + i] = this.#inputs[pixels[from + i]!]!;
    }
    trainBatch(this.weights, this.#batch, this.#rows.subarray(0, rows.length), rate);
  }
}
