// The weights of a linear model as pictures: one large, all of them small, and how they formed.
import { create, createButton } from "../dom.ts";
import { say } from "../language.ts";
import { shownClass, type Store } from "../state.ts";
import { subjectOf } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import { createForming } from "./forming.ts";
import { createPictures, type Pictures } from "./pictures.ts";
import "./weights.css";

export function mount(section: HTMLElement, store: Store): void {
  const { note, one, several, overlay } = say.weights;
  section.classList.add("weights");
  const place = create("div", "weights-pictures");
  let pictures: Pictures | null = null;
  let isOverlaid = true;
  const showOutline = () => pictures?.outline(isOverlaid ? (store.state.prediction?.input ?? null) : null);

  const toggle = createButton(
    "action overlay",
    () => {
      isOverlaid = !isOverlaid;
      toggle.setAttribute("aria-pressed", String(isOverlaid));
      showOutline();
    },
    overlay,
  );
  toggle.setAttribute("aria-pressed", "true");
  const forming = createForming(store, (frame) => pictures?.show(frame));
  section.append(place, forming.element);

  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    const hint = subject && (subject.styles > 1 ? several(subject.styles) : subject.labels.includes("7") ? one : "");
    pictures =
      subject && createPictures(subject, store, [toggle, create("p", "note weights-note", note, " ", hint ?? "")]);
    place.replaceChildren(...(pictures ? [pictures.element] : []));
    pictures?.ready();
    forming.begin(subject);
  });
  watchVisible(store, section, ["model", "prediction", "pointed", "picked"], (state) => {
    pictures?.choose(shownClass(state), state.picked, state.prediction?.input ?? null);
    showOutline();
    forming.answer(state.prediction?.input ?? null);
  });
}
