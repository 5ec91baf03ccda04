// How good: the evaluation of the chosen model. Parts without data are hidden.
import type { Model } from "../../runtime/types.ts";
import { create } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import type { Store } from "../state.ts";
import { formats } from "./formats.ts";
import { gates } from "./gates.ts";
import { matrix } from "./matrix.ts";
import type { EvaluationPart, Part } from "./part.ts";
import "./quality.css";
import { record } from "./record.ts";
import { drawings, summary } from "./summary.ts";

/** By the `data-part` of their sections. */
const PARTS: Readonly<Record<string, Part>> = { summary, gates, formats, record };
const OF_EVALUATION: Readonly<Record<string, EvaluationPart>> = { drawings, matrix };

export function mount(section: HTMLElement, store: Store): void {
  const places = [...section.querySelectorAll<HTMLElement>("[data-part]")];
  const headings = places.map((place) => place.firstElementChild!);
  store.watch(["model"], ({ model }) => {
    if (!model) return;
    for (const [index, place] of places.entries()) {
      const name = place.dataset["part"]!;
      const content = OF_EVALUATION[name] ? evaluated(model, name, place) : PARTS[name]!(model);
      place.hidden = content === null;
      place.replaceChildren(headings[index]!, ...(content ?? []));
    }
  });
}

function evaluated(model: Model, name: string, place: HTMLElement): ReturnType<Part> {
  if (!hasFile(model, "evaluation")) return null;
  const late = create("div", "");
  const load = () => readJson(model, "evaluation");
  void showWhenLoaded(late, say.quality.evaluation, load, (evaluation) => {
    const content = OF_EVALUATION[name]!(model, evaluation);
    place.hidden = content === null;
    return content ?? [];
  });
  return [late];
}
