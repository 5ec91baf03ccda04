// The stop “Its mind”: the fewest pixels that flip the answer, and an eraser for single ones. A
// changed picture goes to the pad, where everything else follows it.
import { takesDrawings } from "../../runtime/manifest.ts";
import { fillPanel, find, setText } from "../dom.ts";
import { say } from "../language.ts";
import { contentOf, type PageState, type Placed, type Store } from "../state.ts";
import { linearSubjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { differing, erased } from "./brush.ts";
import { createFigure } from "./figure.ts";
import "./mind.css";
import { readPrepared } from "./prepared.ts";
import { originalOf, viewOf, type Original, type Reading, type View } from "./view.ts";

/** Milliseconds between two of the pixels that a button erases. */
const STEP = 80;

export function mount(section: HTMLElement, store: Store): void {
  let follow: (() => void) | null = null;
  store.watch(["model"], ({ model }) => {
    const subject = linearSubjectOf(model);
    const fits =
      subject !== null && subject.labels.length > 1 && takesDrawings(subject.model.manifest);
    section.hidden = !fits;
    fillPanel(section);
    follow = fits ? build(section, store, subject) : null;
  });
  watchVisible(store, section, ["model", "prediction", "drawing", "picked"], ({ drawing }) => {
    if (!drawing) follow?.();
  });
}

const isReading = (prediction: PageState["prediction"]): prediction is Reading =>
  Boolean(prediction?.picture);

/**
 * Fill the section for one model.
 * @returns A function that shows the answer to what is on the pad.
 */
function build(section: HTMLElement, store: Store, subject: Subject): () => void {
  const originals = new WeakMap<object, Original>(); // by the pad's content
  let isOpen = false; // a line has begun to erase something
  const figure = createFigure(subject, { paint, eraseAll: (pixels) => void eraseAll(pixels) });
  fillPanel(section, figure.element);
  const heading = find(section, "h2");

  /** @param isNew A new line begins; otherwise undo takes it back together with the last one. */
  function paint(pixels: readonly number[], isNew: boolean): void {
    const { placed, prediction } = store.state;
    const from = contentOf(store.state);
    const original = from && originals.get(from);
    // While a pen moves, the answer may be one picture behind.
    const before = placed?.changed ? placed.picture : prediction?.picture;
    const picture = before && erased(before, pixels);
    if (isNew) isOpen = false;
    if (!picture || !original) return;
    const count = differing(picture, original.reading.picture).length;
    const next: Placed = {
      picture,
      caption: say.mind.caption(original.caption, count),
      labelIndex: placed?.labelIndex ?? null,
      changed: { from, continues: isOpen ? placed : null, read: readPrepared(picture) },
    };
    isOpen = true;
    store.update({ placed: next });
  }

  async function eraseAll(pixels: readonly number[]): Promise<void> {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      paint(pixels, true);
      return;
    }
    for (const [place, pixel] of pixels.entries()) {
      const { placed } = store.state;
      paint([pixel], place === 0);
      const now = store.state.placed;
      if (now === placed) return;
      await new Promise((resume) => setTimeout(resume, STEP));
      if (store.state.placed !== now) return; // something else is on the pad
    }
  }

  function show(): void {
    const { prediction, placed, trust, picked } = store.state;
    const content = contentOf(store.state);
    // Until a new model has answered, the answer is still the old one's.
    const isRead =
      content && isReading(prediction) && prediction.input.length === subject.linear.inputs;
    const picture = isRead ? prediction.picture : null;
    let view: View | null = null;
    if (isRead && !trust?.doubt) {
      if (!placed?.changed || !originals.has(content))
        originals.set(content, originalOf(subject, prediction, placed?.caption ?? null));
      view = viewOf(subject, originals.get(content)!, prediction, [
        picked,
        placed?.labelIndex ?? null,
      ]);
    }
    const isEnough = view?.change.isEnough === true;
    setText(
      heading,
      isEnough
        ? say.mind.counted(view!.change.pixels.length + view!.erased.length)
        : say.mind.title,
    );
    figure.show(view, picture, (picture && trust?.doubt?.join(" ")) ?? say.mind.empty);
  }

  return show;
}
