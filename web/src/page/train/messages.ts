// Messages between the page and the worker that trains.
import type { ModelErrorCode } from "../../runtime/errors.ts";
import type { ImageSize, ImageStep } from "../../runtime/schema.ts";
import type { Plan } from "../training/session.ts";

/** Prepare images; the answer is `prepared`. */
export interface Prepare {
  readonly kind: "prepare";
  /** Compressed, as published. */
  readonly training: Uint8Array;
  readonly heldOut: Uint8Array;
  readonly image: ImageSize;
  readonly steps: readonly ImageStep[];
  /** Classes. */
  readonly outputs: number;
}

export type Order =
  | Prepare
  /** Start from zero with the images that are prepared. */
  | { readonly kind: "begin"; readonly plan: Plan }
  | { readonly kind: "stop" }
  | { readonly kind: "go on" };

/** Where the training is. */
export interface Trained {
  readonly kind: "trained";
  readonly steps: number;
  /** Steps of the whole training. */
  readonly total: number;
  readonly epoch: number;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** Measured since the last report; the last one is of these weights. */
  readonly measured: readonly Measure[];
}

/** The share of the held-out images that are read rightly after so many steps. */
export interface Measure {
  readonly steps: number;
  readonly accuracy: number;
}

export type News =
  | { readonly kind: "preparing"; readonly done: number; readonly of: number }
  | { readonly kind: "prepared"; readonly training: number; readonly heldOut: number }
  | Trained
  | { readonly kind: "failed"; readonly code: ModelErrorCode | null; readonly message: string };
