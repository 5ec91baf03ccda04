// When not to believe it: how unlike a digit the drawing on the pad is, how often the rule errs, and what people wrote that was
// misread.
import { create, fillPanel, setText } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { fixed, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import { distanceOf } from "../../runtime/familiar.ts";
import type { Flagged } from "../../runtime/schema.ts";
import type { Model } from "../../runtime/types.ts";
import type { PageState, Store } from "../state.ts";
import { table } from "../tables.ts";
import { knowsFamiliar, readFamiliarity, type Familiarity } from "../unlike.ts";
import { watchVisible } from "../visible.ts";
import "./doubt.css";
import { misread } from "./misread.ts";

function figure(familiarity: Familiarity) {
  const words = say.quality.believe;
  const fill = create("span", "bar-fill");
  const track = create("div", "distance", create("span", "bar-track", fill), create("span", "distance-limit"));
  track.setAttribute("role", "img");
  const verdict = create("p", "distance-words");
  const ticks = create("p", "distance-ticks", create("span", "", words.like), create("span", "", words.unlike));
  ticks.setAttribute("aria-hidden", "true");
  const element = create("div", "believe-figure", track, ticks, verdict);

  function show({ prediction }: PageState): void {
    track.hidden = ticks.hidden = !prediction;
    if (!prediction) {
      setText(verdict, words.draw);
      return;
    }
    const distance = distanceOf(familiarity, prediction.input);
    fill.style.setProperty("--share", String(distance / 2)); // the limit is in the middle
    track.classList.toggle("beyond", distance >= 1);
    track.setAttribute("aria-label", words.distance(fixed(distance, 2)));
    const share = percent(prediction.probabilities[prediction.labelIndex] ?? 0);
    setText(verdict, distance >= 1 ? words.beyond(share) : words.within);
  }
  return { element, show };
}

const shareOf = ({ images, flagged }: Flagged) => percent(flagged / images);

export function mount(section: HTMLElement, store: Store): void {
  store.watch(["model"], ({ model }) => {
    const content = model && build(model, store);
    section.hidden = !content;
    fillPanel(section, ...(content ? [content] : []));
  });
}

function build(model: Model, store: Store): HTMLElement | null {
  if (!knowsFamiliar(model)) return null;
  const words = say.quality.believe;
  const place = create("div", "");
  void showWhenLoaded(
    place,
    words.file,
    () => Promise.all([readFamiliarity(model), hasFile(model, "evaluation") ? readJson(model, "evaluation") : null]),
    ([familiarity, evaluation]) => {
      const { element, show } = figure(familiarity);
      watchVisible(store, place, ["prediction"], (state) => {
        if (state.model === model) show(state);
      });
      const { test, drawings, signs, within } = familiarity.record;
      const rows = (
        [
          [words.test, test],
          [words.drawings, drawings],
          [words.signs, signs],
        ] as const
      ).map(([name, flagged]) => [name, whole(flagged.images), shareOf(flagged)]);
      return [
        element,
        create("p", "explains", words.rule(percent(within, 0))),
        table(words.caption, words.columns, rows),
        create("p", "explains", words.misses(percent(1 - signs.flagged / signs.images, 0))),
        ...(evaluation ? misread(evaluation, model.labels) : []),
      ];
    },
  );
  return place;
}
