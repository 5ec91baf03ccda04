// The visitor's own classes: name them, draw a few of each, and the same sum learns them at once.
// Nothing leaves the page.
import { pixelsOf } from "../../pad/pad.ts";
import { create, createButton, setText } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import { sharesOf } from "../training/sgd.ts";
import * as change from "./classes.ts";
import { countOf, FEWEST, MOST, type Classes } from "./classes.ts";
import { createDesk } from "./desk.ts";
import { dropLink, keep, keptText, linkedText, readClasses } from "./kept.ts";
import { createList } from "./list.ts";
import "./own.css";
import {
  exampleOf,
  preparationOf,
  toBytes,
  toInput,
  toPicture,
  type Preparation,
} from "./preparation.ts";
import { createTake } from "./take.ts";
import { learn, type Learned } from "./training.ts";

export function mount(section: HTMLElement, store: Store): void {
  let begun = false;
  store.watch(["model"], ({ model }) => {
    if (begun || !model) return;
    // The first model that reads drawings decides: examples prepared by its steps do not fit those
    // of another.
    const preparation = preparationOf(model.manifest);
    begun = preparation !== null;
    if (preparation) build(section, preparation);
    else section.replaceChildren(create("p", "", say.own.drawings));
  });
}

function build(section: HTMLElement, preparation: Preparation): void {
  const words = say.own;
  const [status, spoken] = [create("p", "own-status"), create("p", "unseen")];
  for (const region of [status, spoken]) region.setAttribute("role", "status");
  const tell = (sentence: string) => {
    setText(status, sentence);
  };

  let classes: Classes = [];
  const past: Classes[] = [];
  let learned: Learned | null = null;
  let isKept = false;
  const apply = (next: Classes) => {
    past.push(classes);
    isKept = keep(next);
    show(next);
  };

  const { element: desk, drawing, pad } = createDesk(tell);
  const pictureOf = () => pad.ink && toPicture(pixelsOf(pad.ink), preparation);
  const read = () => {
    const picture = learned && pictureOf();
    const shares = picture && sharesOf(learned!.weights, toInput(picture, preparation));
    const shareOf = (one: change.OwnClass) => shares?.[learned!.taught.indexOf(one)] ?? null;
    list.answer(classes.map(shareOf));
    if (!shares || drawing.current) {
      setText(spoken, "");
      return;
    }
    const best = Math.max(...shares);
    setText(spoken, words.reads(learned!.taught[shares.indexOf(best)]!.name, percent(best)));
  };
  let frame = 0;
  drawing.watch(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(read);
  });

  const list = createList(preparation.size, {
    add(index) {
      const picture = pictureOf();
      if (!picture) {
        tell(words.drawFirst);
        return;
      }
      const strokes = drawing.image ? null : drawing.strokes;
      apply(change.addExample(classes, index, exampleOf(toBytes(picture), strokes, preparation)));
      const { name, examples } = classes[index]!;
      drawing.clear();
      tell(words.added(name, examples.length));
    },
    rename(index, name) {
      apply(change.rename(classes, index, name));
    },
    removeClass(index) {
      apply(change.removeClass(classes, index));
      undo.focus({ preventScroll: true });
      tell(words.removed);
    },
    removeExample(index, place) {
      apply(change.removeExample(classes, index, place));
      if (!list.element.contains(document.activeElement)) undo.focus({ preventScroll: true });
      tell(words.removed);
    },
  });
  const addClass = () => {
    if (classes.length === MOST) return;
    apply(change.addClass(classes, change.freeName(classes, words.names)));
    list.focusName(classes.length - 1);
  };
  const add = createButton("action own-add", addClass, words.addClass);
  const goBack = () => {
    const before = past.pop();
    if (!before) return;
    isKept = keep(before);
    show(before);
    tell(words.undone);
  };
  const undo = createButton("action own-undo", goBack, words.undo);
  const [report, kept] = [create("p", "own-learned"), create("p", "explains")];
  const take = createTake(preparation);
  section.replaceChildren(
    create("div", "own-drawing", desk),
    create(
      "div",
      "stack own-learning",
      create("p", "own-question", words.question),
      status,
      spoken,
      list.element,
      create("div", "buttons", add, undo),
      report,
      kept,
    ),
    take.element,
  );

  const show = (next: Classes) => {
    classes = next;
    learned = learn(classes);
    list.show(classes, learned);
    undo.setAttribute("aria-disabled", String(past.length === 0));
    add.setAttribute("aria-disabled", String(classes.length === MOST));
    const { taught = [], milliseconds = 0 } = learned ?? {};
    setText(
      report,
      learned ? words.learned(countOf(taught), whole(milliseconds)) : words.learnFirst,
    );
    if (past.length > 0) setText(kept, isKept ? words.kept : words.notKept);
    take.show(classes, learned);
    read();
  };
  show(words.names.slice(0, FEWEST).reduce(change.addClass, []));

  // The classes that this tab keeps, then those of a link: undo leads back from them.
  const put = async (text: string | null) => {
    if (text === null) return false;
    const found = await readClasses(text, preparation);
    if (found) apply(found);
    else tell(words.unreadable);
    return found !== null;
  };
  const followLink = async () => {
    if (!(await put(linkedText()))) return;
    tell(words.linked);
    if (isKept) dropLink();
  };
  addEventListener("hashchange", () => void followLink());
  void put(keptText()).then(followLink);
}
