// The worker that trains, so that the page stays free. It works in slices, and hears orders in between.
import { ModelError } from "../../runtime/errors.ts";
import { gunzip } from "../gunzip.ts";
import { TrainingSession, type Plan } from "../training/session.ts";
import { examplesOf, prepare, unpack, type Pictures } from "../training/pictures.ts";
import { accuracyOf, type Examples } from "../training/sgd.ts";
import type { Measure, News, Order, Prepare } from "./messages.ts";

declare const self: {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  readonly postMessage: (news: News) => void;
};

/** In milliseconds. Between two slices the page is told where the training is; the first one shows the first step. */
const SLICE = 40;
const PAUSE = 10;
/**
 * In which time a session is done, if it can be computed that fast: slow enough to be watched. Nearly all is learned in
 * the first steps, so each doubling of their number takes as long as the next one.
 */
const DURATION = 2000;
/** Between two reports of progress. */
const IMAGES = 500;
/** So often in a session the accuracy is measured, besides before each report: enough to see whether it settles. */
const MEASURES = 200;

let prepared: { readonly training: Pictures; readonly heldOut: Pictures; readonly outputs: number } | null = null;
let session: TrainingSession | null = null;
let heldOut: Examples | null = null;
let measured: Measure[] = [];
/** Milliseconds that the session has run. */
let spent = 0;
/** Each order to run ends the runs before it. */
let run = 0;

self.onmessage = ({ data: order }) => {
  obey(order).catch((error: unknown) => {
    const code = error instanceof ModelError ? error.code : null;
    self.postMessage({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
  });
};

async function obey(order: Order): Promise<void> {
  run++;
  if (order.kind === "prepare") await prepareAll(order);
  else if (order.kind === "begin") begin(order.plan);
  if (order.kind === "begin" || order.kind === "go on") await train(run);
}

async function prepareAll({ training: packed, heldOut, image, steps, outputs }: Prepare): Promise<void> {
  const size = image.height * image.width;
  const read = async (file: Uint8Array, name: string) => unpack(await gunzip(file, name), size, name);
  prepared = { training: await read(packed, "training"), heldOut: await read(heldOut, "held_out_images"), outputs };
  const { training } = prepared;
  const of = training.labels.length;
  prepare(prepared.heldOut, image, steps);
  for (let done = 0; done < of; done += IMAGES) {
    self.postMessage({ kind: "preparing", done, of });
    prepare(training, image, steps, done, done + IMAGES);
  }
  self.postMessage({ kind: "prepared", training: of, heldOut: prepared.heldOut.labels.length });
}

function begin(plan: Plan): void {
  if (!prepared) throw new Error("Images must be prepared before training. Received: none. Send them first.");
  session = new TrainingSession(prepared.training, plan, prepared.outputs);
  heldOut = examplesOf(prepared.heldOut, plan.full);
  spent = 0;
  measured = [];
  report();
}

async function train(mine: number): Promise<void> {
  while (session && run === mine && session.steps < session.total) {
    const begun = performance.now();
    const now = () => performance.now() - begun;
    const before = session.steps;
    while (session.steps < due(session.total, spent + now()) && now() < SLICE) step(session);
    if (session.steps > before) report();
    await new Promise((resume) => setTimeout(resume, PAUSE));
    spent += now();
  }
}

function step(session: TrainingSession): void {
  session.step();
  if (session.steps % Math.ceil(session.total / MEASURES) === 0) measure(session);
}

function measure({ steps, weights }: TrainingSession): void {
  if (!heldOut || measured.at(-1)?.steps === steps) return;
  measured.push({ steps, accuracy: accuracyOf(weights, heldOut) });
}

/** The number of steps that should have been taken after so many milliseconds. */
const due = (total: number, milliseconds: number): number =>
  Math.min(total, Math.floor(total ** (milliseconds / DURATION)));

function report(): void {
  if (!session) return;
  measure(session);
  const { steps, total, epoch, weights } = session;
  self.postMessage({ kind: "trained", steps, total, epoch, kernel: weights.kernel, bias: weights.bias, measured });
  measured = [];
}
