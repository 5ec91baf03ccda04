// The confusion matrix. A cell off the diagonal opens the test images that it counts. So do two menus above the matrix, for
// small touch screens, where the cells are narrower than a finger.
import type { Model } from "../../runtime/types.ts";
import { create, createButton, createOption } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import type { Evaluation } from "../../runtime/schema.ts";
import { mistakesOf, mixUps } from "./evaluation.ts";
import { mountGallery } from "./gallery.ts";
import { matrixTable, type Cell } from "./matrix-table.ts";
import type { Part } from "./part.ts";

const FREQUENT = 6; // mix-ups offered as buttons
const SIDE_BY_SIDE = 12; // up to so many classes, the images fit beside the matrix
const ANY = "any"; // of the second menu: any wrong class

function choice(label: string): { readonly element: HTMLElement; readonly select: HTMLSelectElement } {
  const select = create("select", "");
  return { element: create("label", "cell-choice", create("span", "", label), select), select };
}

function content(model: Model, { confusion, mistakes }: Evaluation): readonly HTMLElement[] {
  const { labels } = model;
  const words = say.quality.matrix;
  const all = mixUps(confusion);
  const total = all.reduce((sum, { count }) => sum + count, 0);
  const opens = hasFile(model, "mistake_images") && all.length > 0;
  const gallery = mountGallery(model);
  const truth = choice(words.trueClass);
  const taken = choice(words.takenFor);

  const matrix = matrixTable(labels, confusion, opens ? open : null);
  const intro = create("p", "explains", words.explains(whole(total)), opens ? ` ${words.choose}` : "");
  if (!opens) return [intro, matrix.element];

  function offerMistakes(label: number): void {
    const row = all.filter((mixUp) => mixUp.label === label);
    const sum = row.reduce((sum, { count }) => sum + count, 0);
    taken.select.replaceChildren(
      createOption(ANY, `${words.anything} (${whole(sum)})`),
      ...row.map(({ predicted, count }) =>
        createOption(String(predicted), `${labels[predicted] ?? ""} (${whole(count)})`),
      ),
    );
  }

  function open({ label, predicted }: Cell): void {
    const found = mistakesOf(mistakes, label, predicted);
    const as = predicted === null ? words.anything : (labels[predicted] ?? "");
    gallery.show(words.found(found.length, whole(found.length), words.taken(labels[label] ?? "", as)), found);
    truth.select.value = String(label);
    offerMistakes(label);
    taken.select.value = predicted === null ? ANY : String(predicted);
    matrix.mark({ label, predicted });
    for (const button of frequent.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset["cell"] === `${label} ${String(predicted)}`));
    }
  }

  const mistaken = labels.map((_, label) => label).filter((label) => all.some((mixUp) => mixUp.label === label));
  const first = all[0]?.label ?? 0;
  truth.select.append(...mistaken.map((label) => createOption(String(label), labels[label] ?? "")));
  truth.select.value = String(first);
  offerMistakes(first);
  truth.select.addEventListener("change", () => {
    open({ label: Number(truth.select.value), predicted: null });
  });
  taken.select.addEventListener("change", () => {
    const { value } = taken.select;
    open({ label: Number(truth.select.value), predicted: value === ANY ? null : Number(value) });
  });

  const frequent = create("ul", "frequent buttons");
  frequent.setAttribute("aria-label", words.frequent);
  for (const { label, predicted, count } of all.slice(0, FREQUENT)) {
    const [from, to] = [labels[label] ?? "", labels[predicted] ?? ""];
    const press = () => {
      open({ label, predicted });
    };
    const button = createButton("action", press, `${words.taken(from, to)} `, create("small", "", whole(count)));
    button.dataset["cell"] = `${label} ${predicted}`;
    button.setAttribute("aria-pressed", "false");
    frequent.append(create("li", "", button));
  }
  const choices = create("div", "cell-choices", truth.element, taken.element);
  return [
    intro,
    create(
      "div",
      labels.length > SIDE_BY_SIDE ? "matrix-and-images many" : "matrix-and-images",
      create("div", "", frequent, choices, matrix.element),
      gallery.element,
    ),
  ];
}

export const matrix: Part = (model) => {
  if (!hasFile(model, "evaluation")) return null;
  const place = create("div", "");
  const load = () => readJson(model, "evaluation");
  void showWhenLoaded(place, say.quality.evaluation, load, (evaluation) => content(model, evaluation));
  return [place];
};
