// The training images behind a score: of a model that SGD trained from zero, the weights are a sum over these.
import { fillChoices } from "../choices.ts";
import { create, createButton, rich } from "../dom.ts";
import { bytesOf, readImages, readJson } from "../files.ts";
import { kilobytes, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import { rove } from "../roving.ts";
import { explainOnPoint, pick, shownClass, type PageState, type Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { watchVisible } from "../visible.ts";
import "./images.css";
import { createBehind } from "./behind.ts";

const FILES = ["influences", "influence_images"] as const;

type Follow = (state: PageState) => void;

export function mount(section: HTMLElement, store: Store): void {
  section.classList.add("images");
  section.setAttribute("aria-labelledby", "images-title");
  let follow: Follow = () => undefined;
  store.watch(["model"], ({ model }) => {
    const subject = subjectOf(model);
    follow = () => undefined;
    section.replaceChildren();
    if (!subject) return;
    build(section, store, subject, (next) => {
      follow = next;
      follow(store.state);
    });
  });
  watchVisible(store, section, ["prediction", "pointed", "picked"], (state) => {
    follow(state);
  });
}

/** Fill the section for one model. `begin` gets what follows the drawing, once the images are there. */
function build(section: HTMLElement, store: Store, subject: Subject, begin: (follow: Follow) => void): void {
  const words = say.images;
  const { model, labels } = subject;
  const { training } = model.manifest;
  const title = create("h2", "", words.title);
  title.id = "images-title";
  const place = create("div", "images-place");
  const load = () =>
    showWhenLoaded(
      place,
      words.what,
      () => Promise.all([readJson(model, "influences"), readImages(model, "influence_images")]),
      ([influences, pictures]) => {
        const group = create("div", "choices");
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", words.choices);
        const choices = fillChoices(group, labels, (index) => {
          pick(store, index);
        });
        for (const [index, button] of choices.buttons.entries()) explainOnPoint(store, button, index);
        const behind = createBehind(subject, influences, pictures);
        begin((state) => {
          const shown = shownClass(state);
          choices.mark(state.picked, shown);
          behind.show(state.prediction, shown);
        });
        return [group, behind.element];
      },
    ).then(() => {
      const group = place.querySelector<HTMLElement>(".choices");
      if (group) rove(group);
    });
  place.append(createButton("action images-load", () => void load(), words.offer(kilobytes(bytesOf(model, ...FILES)))));
  section.append(
    title,
    create("p", "intro", words.intro(whole(training?.training_images ?? 0), whole(training?.epochs ?? 0))),
    formula(),
    create(
      "p",
      "intro",
      ...rich(words.terms, {
        alpha: create("i", "", "α", create("sub", "", "i")),
        i: create("i", "", "i"),
        overlap: create("span", "nowrap", ...overlap()),
      }),
    ),
    place,
  );
}

const overlap = () => [create("b", "", "x"), create("sub", "", create("i", "", "i")), " · ", create("b", "", "x")];

function formula(): HTMLElement {
  const element = create(
    "p",
    "formula",
    create("i", "", "z"),
    " = Σ",
    create("sub", "", create("i", "", "i")),
    " ",
    create("i", "", "α", create("sub", "", "i")),
    " (",
    ...overlap(),
    " + 1)",
  );
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", say.images.formula);
  return element;
}
