// The visitor's own classes: name them, draw a few of each, and the same sum learns them at once. Nothing leaves the page.
import { pixelsOf } from "../../pad/pad.ts";
import { create, createButton, setText } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import { createAnswers, type Answers } from "./answers.ts";
import * as change from "./classes.ts";
import { countOf, FEWEST, MOST, taughtOf } from "./classes.ts";
import { createDesk, type Desk } from "./desk.ts";
import { dropLink, keep, keptText, linkedText, readClasses } from "./kept.ts";
import { Lesson } from "./lesson.ts";
import { createList, type List } from "./list.ts";
import "./own.css";
import { preparationOf, toBytes, toPicture, type Preparation } from "./preparation.ts";
import { createReport } from "./report.ts";
import { Session } from "./session.ts";
import { inSlices } from "./slices.ts";
import { createTake } from "./take.ts";

/** Pause in drawing before the answer is announced. */
const REST_MS = 700;

export function mount(section: HTMLElement, store: Store): void {
  let begun = false;
  store.watch(["model"], ({ model }) => {
    if (begun || !model) return;
    // The first model that reads drawings decides: examples prepared by its steps do not fit those of another.
    const preparation = preparationOf(model.manifest);
    section.hidden = preparation === null;
    if (!preparation) return;
    begun = true;
    build(section, preparation);
  });
}

type Tell = (sentence: string) => void;

/** Creates an element whose text is announced, and the function that sets it. */
function createLiveRegion(className: string): readonly [HTMLElement, Tell] {
  const element = create("p", className);
  element.setAttribute("role", "status");
  return [
    element,
    (sentence) => {
      setText(element, sentence);
    },
  ];
}

function build(section: HTMLElement, preparation: Preparation): void {
  const words = say.own;
  const [status, tell] = createLiveRegion("own-status");
  const [spoken, speak] = createLiveRegion("unseen");
  const session = new Session(words.names.slice(0, FEWEST).reduce(change.addClass, []));
  const desk = createDesk(section, tell);
  const pictureOf = () => desk.pad.ink && toPicture(pixelsOf(desk.pad.ink), preparation);
  const answers = createAnswers((index) => {
    addExample(session, index, pictureOf(), desk, tell);
  });
  const list = createOwnList(session, preparation, tell, () => {
    tools.undo.focus({ preventScroll: true });
  });
  const report = createReport(session, list);
  const lesson = new Lesson(preparation, {
    onLearned(learned) {
      report.onLearned(learned);
      read();
    },
    onTested(guesses, labels) {
      report.onTested(guesses, labels);
    },
  });
  const read = createReader(session, lesson, answers, desk, pictureOf, speak);
  const tools = createTools(session, list, tell);
  const kept = create("p", "explains");
  const take = createTake(session, lesson, preparation, tell);

  section.replaceChildren(
    create(
      "div",
      "own-drawing",
      desk.element,
      create("p", "own-question", words.question),
      answers.element,
      status,
      spoken,
    ),
    create("div", "own-learning", list.element, tools.element, report.element, kept),
    take,
  );

  const show = (isSameLesson: boolean) => {
    list.show(session.classes);
    tools.follow();
    take.hidden = countOf(session.classes) === 0;
    if (isSameLesson) report.show();
    else void lesson.learn(session.classes);
    read();
  };
  session.watch((classes, isSameLesson) => {
    setText(kept, keep(classes) ? words.kept : words.notKept);
    show(isSameLesson);
  });
  show(false);
  void restore(session, preparation, tell);
}

function addExample(session: Session, index: number, picture: Float32Array | null, desk: Desk, tell: Tell): void {
  const { drawing } = desk;
  if (!picture) {
    tell(say.own.drawFirst);
    return;
  }
  const example = { ink: toBytes(picture), strokes: drawing.image ? null : drawing.strokes };
  session.apply(change.addExample(session.classes, index, example));
  const { name, examples } = session.classes[index]!;
  drawing.clear();
  tell(say.own.added(name, examples.length));
}

/** @param onRemoved Called after a removal: the focused element may be gone. */
function createOwnList(session: Session, { size }: Preparation, tell: Tell, onRemoved: () => void): List {
  const list = createList(size, {
    rename(index, name) {
      session.apply(change.rename(session.classes, index, name));
      list.show(session.classes); // also where the old name stays
    },
    removeClass(index) {
      const { name } = session.classes[index]!;
      session.apply(change.removeClass(session.classes, index));
      onRemoved();
      tell(say.own.removed(name));
    },
    removeExample(index, place) {
      session.apply(change.removeExample(session.classes, index, place));
      if (!list.element.contains(document.activeElement)) onRemoved();
      const { name, examples } = session.classes[index]!;
      tell(say.own.removedExample(name, examples.length));
    },
  });
  return list;
}

/** The buttons below the list. */
function createTools(session: Session, list: List, tell: Tell) {
  const words = say.own;
  const addClass = () => {
    const { classes } = session;
    if (classes.length >= MOST) {
      tell(words.enough(MOST));
      return;
    }
    session.apply(change.addClass(classes, change.freeName(classes, words.names)));
    list.focusName(classes.length);
  };
  const add = createButton("action own-add", addClass, words.addClass);
  const goBack = () => {
    if (session.undo()) tell(words.undone);
  };
  const undo = createButton("action own-undo", goBack, words.undo);
  return {
    element: create("div", "buttons", add, undo),
    undo,
    follow() {
      undo.setAttribute("aria-disabled", String(!session.canUndo));
      add.setAttribute("aria-disabled", String(session.classes.length >= MOST));
    },
  };
}

/**
 * @param speak Announces the answer, which the bars show.
 * @returns A function that reads what is on the pad, to be called when the model has changed.
 */
function createReader(
  session: Session,
  lesson: Lesson,
  answers: Answers,
  { drawing }: Desk,
  pictureOf: () => Float32Array | null,
  speak: Tell,
): () => void {
  let timer = 0;
  const read = () => {
    const taught = taughtOf(session.classes);
    const picture = lesson.learned && pictureOf();
    const shares = picture && lesson.answer(picture);
    answers.show(
      session.classes,
      session.classes.map((one) => shares?.[taught.indexOf(one)] ?? null),
    );
    clearTimeout(timer);
    if (!shares || drawing.current) return;
    timer = window.setTimeout(() => {
      const best = shares.indexOf(Math.max(...shares));
      speak(say.own.reads(taught[best]!.name, percent(shares[best]!)));
    }, REST_MS);
  };
  let isAsked = false;
  drawing.watch(() => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      read();
    });
  });
  return read;
}

/** Restores the classes that this tab keeps, then those of a link: undo leads back from them. */
async function restore(session: Session, preparation: Preparation, tell: Tell): Promise<void> {
  const put = async (text: string | null, unreadable: string) => {
    if (text === null) return false;
    const classes = await inSlices(readClasses(text, preparation), new AbortController().signal);
    if (classes) session.apply(classes);
    else tell(unreadable);
    return classes !== null;
  };
  const followLink = async () => {
    if (await put(linkedText(), say.own.unreadableLink)) {
      tell(say.own.linked);
      if (keptText() !== null) dropLink();
    }
  };
  await put(keptText(), say.own.unreadableKept);
  await followLink();
  addEventListener("hashchange", () => void followLink());
}
