// The panel of changed pixels: the fewest that flip the answer, and a pen for single ones. A changed
// picture goes to the pad, where everything else follows it.
import { takesPhotos, type Manifest } from "../../runtime/manifest.ts";
import { fillPanel } from "../dom.ts";
import { contentOf, type PageState, type Store } from "../state.ts";
import { linearSubjectOf, runnerUp, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import "./mind.css";
import { fewest, type Way } from "./fewest.ts";
import { createPainter } from "./painter.ts";
import { createPanel } from "./panel.ts";
import { rangeOf } from "./prepared.ts";
import type { View } from "./words.ts";

const takesDrawings = (manifest: Manifest) => manifest.preprocess !== null && !takesPhotos(manifest);

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("change-mind");
  let follow: (() => void) | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = linearSubjectOf(model);
    const fits = subject !== null && subject.labels.length > 1 && takesDrawings(subject.model.manifest);
    section.hidden = !fits;
    fillPanel(section);
    follow = fits ? build(section, store, subject) : null;
  });
  watchVisible(store, section, ["prediction", "drawing"], ({ drawing }) => {
    if (!drawing) follow?.();
  });
}

/** Fill the section for one model. @returns A function that shows the answer to what is on the pad. */
function build(section: HTMLElement, store: Store, subject: Subject): () => void {
  const { labels, linear, image, model } = subject;
  const range = rangeOf(model.manifest);
  const painter = createPainter(store);
  let way: Way = "erase";
  let wanted: number | null = null; // as the visitor chose
  let content: object | null = null; // for which it was chosen
  const panel = createPanel(section, subject, {
    paint(pixels, isNew) {
      painter(pixels, way, isNew);
    },
    want(index) {
      wanted = index;
      show();
    },
    take(tool) {
      way = tool;
      show();
    },
  });

  function viewOf({ placed, prediction }: PageState): View | null {
    // Until a new model has answered, the answer is still the old one's.
    if (!prediction?.picture || prediction.input.length !== linear.inputs) return null;
    const { labelIndex: answer, probabilities, input, picture } = prediction;
    const truth = placed?.labelIndex ?? null;
    const goal =
      [wanted, truth].find((index) => index !== null && index !== answer) ?? runnerUp(probabilities, answer)!;
    const scene = { linear, input, ...range };
    const share = probabilities[answer] ?? 0;
    return { labels, scene, way, answer, share, truth, goal, picture, size: image, change: fewest(scene, way, goal) };
  }

  function show(): void {
    const { state } = store;
    if (contentOf(state) !== content) wanted = null;
    content = contentOf(state);
    panel.show(viewOf(state), way, state.placed?.changed !== undefined);
  }

  show();
  return show;
}
