// How good: the evaluation of the chosen model. Parts without data are hidden.
import type { Model } from "../../runtime/types.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Store } from "../state.ts";
import { formats } from "./formats.ts";
import { gates } from "./gates.ts";
import { matrix } from "./matrix.ts";
import type { Part } from "./part.ts";
import "./quality.css";
import { record } from "./record.ts";
import { reliability } from "./reliability.ts";
import { drawings, summary } from "./summary.ts";

/** By the `data-part` of their sections. */
const PARTS: Readonly<Record<string, Part>> = { summary, drawings, matrix, reliability, gates, formats, record };

export function mount(section: HTMLElement, store: Store): void {
  const places = [...section.querySelectorAll<HTMLElement>("[data-part]")];
  const headings = places.map((place) => place.firstElementChild!);
  store.watch(["model"], ({ model }) => {
    if (!model) return;
    for (const [index, place] of places.entries()) fill(place, headings[index]!, model);
  });
}

/** A failure in one part must not affect the others. */
function fill(place: HTMLElement, heading: Element, model: Model): void {
  const show = PARTS[place.dataset["part"]!]!;
  let content: ReturnType<Part>;
  place.hidden = false;
  try {
    content = show(model, place);
  } catch (error) {
    const retry = () => {
      fill(place, heading, model);
    };
    content = [failureNote(say.quality.partFailed, error, retry)];
  }
  place.hidden ||= content === null;
  place.replaceChildren(heading, ...(content ?? []));
}
