// The weights as they formed, to play or to go through with a slider. The files are fetched when the visitor first uses it.
import { create, createButton, setText } from "../dom.ts";
import { bytesOf, hasFile, readFile, readJson } from "../files.ts";
import { kilobytes, percent } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Store } from "../state.ts";
import type { Subject } from "../subject.ts";
import { curveOf } from "./chart.ts";
import { answerAt, framesOf, type Frame } from "./frames.ts";

/** How long each frame is shown while playing: long enough to see what changed, short enough to see a movement. */
const FRAME_MS = 400;
const FILES = ["history", "snapshots"];

/** @param show Shows an inputs × outputs kernel; with null, the model's own. */
export function createForming(store: Store, show: (kernel: Float32Array | null) => void) {
  const words = say.weights;
  const title = create("h3", "", words.watch);
  title.id = "forming-title";
  const slider = create("input", "epoch");
  Object.assign(slider, { type: "range", min: "0", step: "1" });
  slider.setAttribute("aria-label", words.slider);
  const play = createButton("action play", () => void press());
  const chart = create("div", "curve-chart forming-chart");
  const facts = create("dl", "epoch-facts");
  const note = create("p", "note epochs-note");
  const state = create("div", "epochs-state");
  state.setAttribute("role", "status");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const track = create("div", "forming-track", chart, slider);
  const element = create("div", "epochs", title, create("div", "epochs-controls", play, facts), track, note, state);
  element.setAttribute("role", "group");
  element.setAttribute("aria-labelledby", title.id);

  let subject: Subject | null = null;
  let input: Float32Array | null = null;
  let frames: readonly Frame[] | null = null;
  let loading: Promise<void> | null = null;
  let timer: number | null = null;

  const last = () => Number(slider.max);
  const hasFailed = () => state.querySelector("button") !== null;

  function label(): void {
    setText(play, calm.matches ? words.next : timer === null ? words.play : words.pause);
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
    label();
  }

  /** When it was, what it got right, and what it says of the drawing: "–" for what is not known. */
  function tell(): void {
    const at = Number(slider.value);
    const frame = frames?.[at];
    const known = subject?.model.manifest.training;
    const when = frame ? words.when(frame.epoch) : words.trained;
    const right = frame?.heldOut ?? (at === last() ? (known?.validation_accuracy ?? null) : null);
    const { prediction } = store.state;
    const own = at === last() && prediction ? answerOf(prediction) : null; // not that of rounded weights
    const answer = own ?? (frame && input ? answerAt(frame, input) : null);
    const entries = [
      [words.time, when],
      ...((known?.validation_images ?? 0) > 0 ? [[words.right, right === null ? "\u2013" : percent(right)]] : []),
      [words.drawing, answer ? `${subject?.labels[answer[0]] ?? ""}, ${percent(answer[1])}` : "\u2013"],
    ] as const;
    facts.replaceChildren(
      ...entries.map(([name, value]) => create("div", "", create("dt", "", name), create("dd", "", value))),
    );
    slider.setAttribute("aria-valuetext", entries.map(([name, value]) => `${name}: ${value}`).join("; "));
    chart.style.setProperty("--at", `${last() === 0 ? 0 : (100 * at) / last()}%`);
  }

  function paint(): void {
    const at = Number(slider.value);
    tell();
    if (frames) show(at === last() ? null : (frames[at]?.kernel ?? null));
  }

  async function fetchAll(of: Subject): Promise<void> {
    const progress = create("progress", "status-progress");
    progress.setAttribute("aria-label", words.download);
    state.replaceChildren(create("p", "", words.loading), progress);
    try {
      const [history, snapshots] = await Promise.all([readJson(of.model, "history"), readFile(of.model, "snapshots")]);
      if (of !== subject) return;
      frames = framesOf(history, snapshots, of.linear);
      const share = Number(slider.value) / last();
      slider.max = String(frames.length - 1); // before the value, which it limits
      slider.value = String(Math.round(share * last()));
      chart.replaceChildren(...curveOf(frames));
      state.replaceChildren();
      paint();
    } catch (error) {
      if (of !== subject) return;
      stop();
      slider.value = slider.max; // these weights are available
      paint();
      const retry = () => {
        slider.focus(); // the button disappears
        void load();
      };
      state.replaceChildren(failureNote(words.failed, error, retry));
    } finally {
      if (of === subject) loading = null;
    }
  }

  async function load(): Promise<void> {
    if (frames || !subject) return;
    loading ??= fetchAll(subject);
    await loading;
  }

  function next(): void {
    const at = Number(slider.value);
    slider.value = String(at >= last() ? 0 : at + 1);
    paint();
    if (Number(slider.value) === last()) stop();
  }

  async function press(): Promise<void> {
    if (timer !== null) {
      stop();
      return;
    }
    await load();
    if (!frames) return;
    next();
    if (calm.matches || Number(slider.value) === last()) return;
    stop(); // if pressed twice while loading
    timer = window.setInterval(next, FRAME_MS);
    label();
  }

  slider.addEventListener("input", () => {
    stop();
    if (hasFailed()) slider.value = slider.max; // never name an epoch whose weights are not shown
    paint();
  });
  for (const event of ["focus", "pointerdown", "input"]) {
    slider.addEventListener(event, () => {
      if (!hasFailed()) void load(); // after a failure, only when the visitor retries
    });
  }
  calm.addEventListener("change", stop);
  document.addEventListener("visibilitychange", stop);

  return {
    element,
    /** With another model; null if it has no pictures. */
    begin(next: Subject | null) {
      stop();
      subject = next;
      frames = loading = null;
      state.replaceChildren();
      chart.replaceChildren();
      const epochs = subject?.model.manifest.training?.epochs ?? 0;
      const listed = FILES.every((name) => subject && hasFile(subject.model, name));
      element.hidden = epochs < 1 || !listed;
      slider.max = String(epochs); // before the value, which it limits
      slider.value = slider.max;
      setText(note, subject ? words.formingNote(kilobytes(bytesOf(subject.model, ...FILES))) : "");
      tell();
    },
    /** Another drawing; null if there is none. */
    answer(next: Float32Array | null) {
      input = next;
      tell();
    },
  };
}

const answerOf = ({ labelIndex, probabilities }: { labelIndex: number; probabilities: Float32Array }) =>
  [labelIndex, probabilities[labelIndex] ?? 0] as const;
