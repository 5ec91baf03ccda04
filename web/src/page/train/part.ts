// The buttons of a course, how far it is, and what came of it.
import { create, createButton, setText } from "../dom.ts";
import { bytesOf } from "../files.ts";
import { kilobytes } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Subject } from "../subject.ts";
import { comparisonOf, conclusionOf } from "./conclusion.ts";
import { HELD_OUT, type Extent, type Phase, type Session } from "./session.ts";

export interface Part {
  readonly element: HTMLElement;
  /** What the session is doing. */
  readonly show: () => void;
}

export function createPart(session: Session, subject: Subject, extent: Extent): Part {
  const words = say.train;
  const size = kilobytes(bytesOf(subject.model, extent, HELD_OUT));
  const first = extent === "training_images" ? words.start(size) : words.startWhole(size);
  const button = createButton("action train-start", press);
  const reset = createButton("action train-reset", clear, words.reset);
  const progress = create("progress", "status-progress");
  progress.max = 1;
  progress.setAttribute("aria-label", words.progress);
  const result = create("div", "train-result");
  result.setAttribute("role", "status");
  let told: Phase | null = null;

  function press(): void {
    session.press(extent);
  }

  function clear(): void {
    session.reset();
    button.focus(); // the one that was pressed may be gone
  }

  async function tell(phase: Phase): Promise<void> {
    if (phase === "failed") result.replaceChildren(failureNote(words.failed, session.error, press));
    else if (phase === "fetching" || phase === "preparing") setText(result, words[phase]);
    else if (phase !== "done") setText(result, "");
    else if (extent === "training_images") setText(result, conclusionOf(session));
    else {
      const finished = session.last;
      const text = await comparisonOf(session, subject);
      if (session.last === finished) setText(result, text);
    }
  }

  return {
    element: create("div", "train-part", create("div", "train-buttons", button, reset), progress, result),
    show() {
      const phase = session.extent === extent ? session.phase : "idle";
      const labels: Readonly<Record<Phase, string>> = {
        idle: session.extent === extent ? words.again : first,
        fetching: first,
        preparing: first,
        running: words.stop,
        stopped: words.goOn,
        done: words.again,
        failed: first,
      };
      setText(button, labels[phase]);
      reset.hidden = session.extent !== extent;
      reset.setAttribute("aria-disabled", String(phase === "idle"));
      const waits = phase === "fetching" || phase === "preparing";
      button.setAttribute("aria-disabled", String(waits));
      // A course of seconds shows where it is by what it changes.
      const lasts = extent === "all_training_images" && (phase === "running" || phase === "stopped");
      progress.hidden = !lasts && !waits;
      if (lasts && session.last) progress.value = session.last.steps / session.last.total;
      else if (phase === "preparing") progress.value = session.share;
      else progress.removeAttribute("value");
      if (phase === told) return;
      told = phase;
      tell(phase).catch((error: unknown) => {
        result.replaceChildren(
          failureNote(words.notCompared, error, () => {
            void tell(phase);
          }),
        );
      });
    },
  };
}
