// Train it here: a copy of the model, in the visitor's browser, from nothing. The published model stays as it is.
import { fillPanel } from "../dom.ts";
import { hasFile } from "../files.ts";
import type { Store } from "../state.ts";
import { linearSubjectOf, type Subject } from "../subject.ts";
import type { Plan } from "../training/session.ts";
import { sharesOf, zeros } from "../training/sgd.ts";
import { createDisplay } from "./display.ts";
import { createPart } from "./part.ts";
import { FILES, Session } from "./session.ts";
import { createSettings } from "./settings.ts";
import "./train.css";
import { planOf } from "./trainer.ts";

interface Panel {
  readonly end: () => void;
  /** To be called after each change of what is on the pad. */
  readonly follow: () => void;
}

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("train");
  let panel: Panel | null = null;
  store.watch(["model"], ({ model }) => {
    panel?.end();
    fillPanel(section);
    const subject = linearSubjectOf(model);
    const plan = subject && planOf(subject.model, subject.factor);
    const can = subject && plan && FILES.every((file) => hasFile(subject.model, file));
    section.hidden = !can;
    panel = can ? build(section, store, subject, plan) : null;
  });
  store.watch(["prediction"], () => panel?.follow());
}

/** @param own How the model was trained. */
function build(section: HTMLElement, store: Store, subject: Subject, own: Plan): Panel {
  const settings = createSettings(own, () => {
    session.restart();
  });
  const session = new Session(subject, settings.plan, follow);
  const display = createDisplay(subject);
  const part = createPart(session, subject);
  fillPanel(section, settings.element, part.element, display.element);

  const nothing = zeros(subject.linear.inputs, subject.linear.outputs);
  let inView = false;
  let asked = false;
  const observer = new IntersectionObserver((entries) => {
    inView = entries.at(-1)?.isIntersecting === true;
    follow();
  });
  observer.observe(section);

  /** Show in the next frame what there is then, unless nobody would see it. */
  function follow(): void {
    if (asked || !inView) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      render();
    });
  }

  function render(): void {
    const { prediction } = store.state;
    const { last, measures, counts, plan } = session;
    const weights = { ...nothing, ...last };
    const scale = (plan?.full ?? own.full) / own.full; // what raw pixels count more
    display.show({
      steps: last?.steps ?? 0,
      total: last?.total ?? 0,
      epoch: last?.epoch ?? 0,
      kernel: weights.kernel,
      measures,
      heldOut: counts.heldOut,
      here:
        prediction &&
        sharesOf(
          weights,
          prediction.input.map((value) => value * scale),
        ),
      published: prediction?.probabilities ?? null,
    });
    part.show();
  }

  render();
  return {
    end() {
      observer.disconnect();
      session.end();
    },
    follow,
  };
}
