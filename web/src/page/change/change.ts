// What would change the model's mind: the fewest pixels to erase or to add, and a pen for single pixels. A changed picture goes
// to the pad, where everything else follows it.
import { takesPhotos } from "../../runtime/manifest.ts";
import { fillChoices } from "../choices.ts";
import { create, createButton, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { rove } from "../roving.ts";
import { contentOf, type Placed, type Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { changed, countChanged } from "./brush.ts";
import "./change.css";
import { fewest, type Way } from "./fewest.ts";
import { createGrid } from "./grid.ts";
import { rangeOf, readPrepared } from "./prepared.ts";
import { describePixel, leadWords, resultWords, sumWords, type View } from "./words.ts";

/** What a changed picture was before. */
interface Original {
  readonly picture: Float32Array;
  /** Null for a drawing. */
  readonly caption: string | null;
}

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("change-mind");
  section.setAttribute("aria-labelledby", "change-title");
  let follow: (() => void) | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    const fits = subject !== null && subject.labels.length > 1 && !takesPhotos(subject.model.manifest);
    section.hidden = !fits;
    section.replaceChildren();
    follow = fits ? build(section, store, subject) : null;
  });
  watchVisible(store, section, ["prediction", "drawing"], ({ drawing }) => {
    if (!drawing) follow?.();
  });
}

/** The most probable class besides one. */
function runnerUp(probabilities: Float32Array, answer: number): number {
  let best = answer === 0 ? 1 : 0;
  probabilities.forEach((share, index) => {
    if (index !== answer && share > probabilities[best]!) best = index;
  });
  return best;
}

/** Fill the section for one model. @returns A function that shows the answer to what is on the pad. */
function build(section: HTMLElement, store: Store, subject: Subject): () => void {
  const { labels, linear, image, model } = subject;
  const words = say.change;
  const range = rangeOf(model.manifest);
  const originals = new WeakMap<Placed, Original>();
  let way: Way = "erase";
  let wanted: number | null = null; // as the visitor chose
  let content: object | null = null; // for which it was chosen
  let view: View | null = null;
  let isOpen = false; // a line that goes on has begun to change something

  const title = create("h2", "", words.title);
  title.id = "change-title";
  const lead = create("p", "change-lead");
  const question = create("h3", "", words.question);
  question.id = "change-question";
  const group = create("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", question.id);
  const choices = fillChoices(group, labels, (index) => {
    wanted = index;
    show();
  });
  const tool = (kind: Way) =>
    createButton(
      "action",
      () => {
        way = kind;
        show();
      },
      words.tools[kind],
    );
  const tools = { erase: tool("erase"), add: tool("add") };
  const toolGroup = create("div", "change-tools", tools.erase, tools.add);
  toolGroup.setAttribute("role", "group");
  toolGroup.setAttribute("aria-label", words.toolsName);
  const grid = createGrid(image, {
    paint,
    describe: (pixel) => (view ? describePixel(view, pixel) : ""),
  });
  const result = create("p", "change-result");
  result.setAttribute("role", "status");
  const sum = create("p", "note");
  const apply = createButton("action change-apply", () => {
    paint(view?.change.pixels ?? [], true);
  });
  const undo = createButton(
    "action change-undo",
    () => {
      document.querySelector<HTMLElement>(".undo")?.click(); // the pad's
    },
    words.undo,
  );
  section.append(
    title,
    create("p", "explains", words.intro),
    create("div", "change-question", lead, question, group, toolGroup),
    create("div", "change-picture", grid.element, create("p", "note", words.note)),
    create("div", "change-answer", result, sum, create("div", "change-buttons", apply, undo)),
  );

  function paint(pixels: readonly number[], isNew: boolean): void {
    const { placed, prediction } = store.state;
    // While a pen moves, the answer may be one picture behind.
    const before = placed?.changed ? placed.picture : prediction?.picture;
    const picture = before && changed(before, pixels, way);
    if (isNew) isOpen = false;
    if (!picture) return;
    const original = (placed && originals.get(placed)) ?? { picture: before, caption: placed?.caption ?? null };
    const next: Placed = {
      picture,
      caption: words.caption(original.caption, countChanged(picture, original.picture)),
      labelIndex: placed?.labelIndex ?? null,
      changed: {
        from: contentOf(store.state),
        continues: isOpen ? placed : null,
        read: readPrepared(picture),
      },
    };
    isOpen = true;
    originals.set(next, original);
    store.update({ placed: next });
  }

  function show(): void {
    const { placed, prediction } = store.state;
    if (contentOf(store.state) !== content) wanted = null;
    content = contentOf(store.state);
    for (const kind of ["erase", "add"] as const) tools[kind].setAttribute("aria-pressed", String(kind === way));
    view = null;
    // Until a new model has answered, the answer is still the old one's.
    if (!prediction?.picture || prediction.input.length !== linear.inputs) {
      setText(lead, words.empty);
      setText(result, "");
      choices.mark(null);
      grid.show(null, [], words.gridName);
    } else {
      const answer = prediction.labelIndex;
      const truth = placed?.labelIndex ?? null;
      const target = [wanted, truth].find((index) => index !== null && index !== answer);
      const goal = target ?? runnerUp(prediction.probabilities, answer);
      const scene = { linear, input: prediction.input, ...range };
      view = {
        ...{ labels, scene, way, answer, truth, goal, picture: prediction.picture, size: image },
        change: fewest(scene, way, goal),
      };
      setText(lead, leadWords(view, percent(prediction.probabilities[answer] ?? 0)));
      setText(result, resultWords(view));
      choices.mark(goal, answer);
      grid.show(prediction.picture, view.change.pixels, words.gridName);
    }
    setText(sum, view ? sumWords(view) : "");
    const count = view?.change.pixels.length ?? 0;
    apply.hidden = count === 0;
    setText(apply, words.apply[way](count));
    undo.hidden = !placed?.changed;
  }

  show();
  rove(group);
  return show;
}
