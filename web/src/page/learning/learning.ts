// How it learned: the weights as they formed, one step on the drawing, and a training to start
// oneself.
import { create, fillPanel, find } from "../dom.ts";
import { hasFile, readFile, readJson } from "../files.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import { pick, shownClass, type Store } from "../state.ts";
import { linearSubjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { createFilm } from "./film.ts";
import { AWAITED, published, type Film } from "./frames.ts";
import "./learning.css";
import { createStep } from "./step.ts";
import { createTraining, planOf } from "./training.ts";

export function mount(section: HTMLElement, store: Store): void {
  let parts: ReturnType<typeof build> | null = null;
  store.watch(["model"], ({ model }) => {
    parts?.end();
    fillPanel(section);
    const subject = linearSubjectOf(model);
    parts = subject && build(section, store, subject);
  });
  watchVisible(store, section, ["prediction", "picked"], () => parts?.show());
}

function build(section: HTMLElement, store: Store, subject: Subject) {
  const { model, linear } = subject;
  const facts = model.manifest.training;
  const film = createFilm(subject);
  const plan = planOf(subject);
  const step = createStep(subject, plan && plan.rate / plan.batch, pick.bind(null, store));
  const training = createTraining(subject, show);
  const bench = create(
    "div",
    "stack learning-bench",
    step.element,
    ...(training ? [training.element] : []),
  );
  const note = create("div", "");
  note.setAttribute("role", "status");
  let formed: Film | null = null;
  fillPanel(section, create("div", "stack learning-figure", film.element, note, bench));
  find(section, ".try").hidden = !training;

  function show(): void {
    const { state } = store;
    const own = training?.film() ?? null;
    film.show(own ?? formed, shownClass(state) ?? 0, own !== null);
    step.show(state);
    training?.show(state.trust?.doubt ? null : state.prediction);
  }

  async function load(epochSteps: number): Promise<void> {
    formed = AWAITED;
    note.replaceChildren();
    show();
    try {
      const [history, bytes] = await Promise.all([
        readJson(model, "history"),
        readFile(model, "film"),
      ]);
      formed = published(history, bytes, linear, epochSteps);
    } catch (error) {
      formed = null;
      note.replaceChildren(failureNote(say.learning.unloaded, error, () => void load(epochSteps)));
    }
    show();
  }

  if (facts && ["history", "film"].every((name) => hasFile(model, name)))
    void load(Math.ceil(facts.training_images / facts.batch_size));
  else show();
  return { show, end: () => training?.end() };
}
