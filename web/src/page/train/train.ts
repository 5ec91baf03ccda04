// Train it here: the model's training once more, in the visitor's browser, from nothing. The published model stays as it is.
import { create } from "../dom.ts";
import { hasFile } from "../files.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import type { Plan } from "../training/course.ts";
import { sharesOf, zeros } from "../training/sgd-batches.ts";
import { createDisplay } from "./display.ts";
import { createPart } from "./part.ts";
import { HELD_OUT, Session } from "./session.ts";
import { createSettings, plain } from "./settings.ts";
import "./train.css";
import { planOf } from "./trainer.ts";

interface Panel {
  readonly end: () => void;
  /** To be called after each change of what is on the pad. */
  readonly follow: () => void;
}

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("train");
  section.setAttribute("aria-labelledby", "train-title");
  let panel: Panel | null = null;
  store.watch(["model"], ({ model }) => {
    panel?.end();
    section.replaceChildren();
    const subject = subjectOf(model);
    const plan = subject && planOf(subject.model, subject.factor);
    const can = subject && plan && hasFile(subject.model, "training_images") && hasFile(subject.model, HELD_OUT);
    section.hidden = !can;
    panel = can ? build(section, store, subject, plan) : null;
  });
  store.watch(["prediction"], () => panel?.follow());
}

/** @param own How the model was trained. */
function build(section: HTMLElement, store: Store, subject: Subject, own: Plan): Panel {
  const words = say.train;
  const title = create("h2", "", words.title);
  title.id = "train-title";
  const settings = createSettings(own, () => {
    if (session.extent === "training_images") session.restart();
  });
  const session = new Session(subject, (extent) => (extent === "training_images" ? settings.plan() : own), follow);
  const display = createDisplay(subject);
  const some = createPart(session, subject, "training_images");
  const parts = [some];
  section.append(title, create("p", "intro", words.intro), settings.element, some.element, display.element);
  if (hasFile(subject.model, "all_training_images")) {
    const all = createPart(session, subject, "all_training_images");
    const explained = create("p", "explains", describe(own, subject.model.manifest.training?.training_images ?? 0));
    section.append(create("div", "train-whole", create("h3", "", words.wholeTitle), explained, all.element));
    parts.push(all);
  }

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
    for (const part of parts) part.show();
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

/** The whole training, in words. */
function describe({ rate, schedule, batch, epochs }: Plan, images: number): string {
  const steps = epochs * Math.ceil(images / batch);
  const at = schedule === "cosine" ? say.train.fallingRate(plain(rate)) : say.train.constantRate(plain(rate));
  return say.train.whole(whole(images), whole(epochs), whole(steps), at);
}
