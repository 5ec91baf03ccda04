// How good, and when not to believe it: the evaluation of the chosen model. Parts without data are left out.
import type { Model } from "../../runtime/types.ts";
import { create, createTitle } from "../dom.ts";
import { withholdsImages } from "../files.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import type { Store } from "../state.ts";
import { believe } from "./believe.ts";
import { formats } from "./formats.ts";
import { gates } from "./gates.ts";
import { matrix } from "./matrix.ts";
import type { Part } from "./part.ts";
import "./quality.css";
import { record } from "./record.ts";
import { reliability } from "./reliability.ts";
import { drawings, summary } from "./summary.ts";

const withheld: Part = (model) =>
  withholdsImages(model) ? create("p", "part wide withheld", say.quality.withheld) : null;

const PARTS: readonly Part[] = [
  ...[summary, withheld, drawings, believe, matrix, reliability],
  ...[gates, formats, record],
];

export function mount(section: HTMLElement, store: Store): void {
  const heading = createTitle(section, say.quality.title);
  const parts = create("div", "parts");
  section.append(heading, parts);
  store.watch(["model"], ({ model }) => {
    parts.replaceChildren(...(model ? PARTS.flatMap((part) => build(part, model, store)) : []));
    section.hidden = parts.childElementCount === 0;
  });
}

/** A failure in one part must not affect the others. */
function build(part: Part, model: Model, store: Store): readonly HTMLElement[] {
  try {
    const element = part(model, store);
    return element ? [element] : [];
  } catch (error) {
    const place = create("div", "part wide");
    const retry = () => {
      place.replaceWith(...build(part, model, store));
    };
    place.append(failureNote(say.quality.partFailed, error, retry));
    return [place];
  }
}
