// The buttons of a training, how far its preparation is, and what came of it.
import { create, createButton, setText } from "../dom.ts";
import { bytesOf } from "../files.ts";
import { kilobytes } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Subject } from "../subject.ts";
import { conclusionOf } from "./conclusion.ts";
import { FILES, type Phase, type Session } from "./session.ts";

export function createPart(session: Session, subject: Subject) {
  const words = say.train;
  const first = words.start(kilobytes(bytesOf(subject.model, ...FILES)));
  const button = createButton("action train-start", press);
  const reset = createButton("action train-reset", clear, words.reset);
  const progress = create("progress", "status-progress");
  progress.max = 1;
  progress.setAttribute("aria-label", words.progress);
  const result = create("div", "train-result");
  result.setAttribute("role", "status");
  let told: Phase | null = null;

  function press(): void {
    session.press();
  }

  function clear(): void {
    session.reset();
    button.focus(); // the one that was pressed may be gone
  }

  function tell(phase: Phase): void {
    if (phase === "failed") result.replaceChildren(failureNote(words.failed, session.error, press));
    else if (phase === "fetching" || phase === "preparing") setText(result, words[phase]);
    else setText(result, phase === "done" ? conclusionOf(session) : "");
  }

  return {
    element: create("div", "train-part", create("div", "buttons", button, reset), progress, result),
    show() {
      const { phase } = session;
      const labels: Readonly<Record<Phase, string>> = {
        idle: session.begun ? words.again : first,
        fetching: first,
        preparing: first,
        running: words.stop,
        stopped: words.goOn,
        done: words.again,
        failed: first,
      };
      setText(button, labels[phase]);
      reset.hidden = !session.begun;
      reset.setAttribute("aria-disabled", String(phase === "idle"));
      const waits = phase === "fetching" || phase === "preparing";
      button.setAttribute("aria-disabled", String(waits));
      progress.hidden = !waits;
      if (phase === "preparing") progress.value = session.share;
      else progress.removeAttribute("value");
      if (phase === told) return;
      told = phase;
      tell(phase);
    },
  };
}
