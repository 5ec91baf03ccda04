// When not to believe it: how far the drawing on the pad is from what its answer was learned from, how often the rule errs, and
// what people wrote that was misread.
import { create, setText } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { fixed, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import { createPixels } from "../pixels.ts";
import type { Flagged } from "../../runtime/schema.ts";
import type { PageState } from "../state.ts";
import { table } from "../tables.ts";
import { distanceOf, kindOf, knowsFamiliar, pictureSize, readFamiliarity, type Familiarity } from "../unlike.ts";
import { watchVisible } from "../visible.ts";
import { misread } from "./misread.ts";
import { part, type Part } from "./part.ts";

/** Where the limit is on the scale, as a share of its length. */
const LIMIT = 0.5;

function figure(familiarity: Familiarity, labels: readonly string[], size: { height: number; width: number }) {
  const words = say.quality.believe;
  const { inputs, mean } = familiarity.record;
  const drawn = createPixels("ink");
  const typical = createPixels("ink");
  const fill = create("span", "bar-fill");
  const track = create("div", "distance", create("span", "bar-track", fill), create("span", "distance-limit"));
  track.setAttribute("role", "img");
  const verdict = create("p", "distance-words");
  const pictures = create("div", "believe-pictures", drawn.figure, typical.figure);
  const ticks = create("p", "distance-ticks", create("span", "", words.like), create("span", "", words.unlike));
  ticks.setAttribute("aria-hidden", "true");
  const element = create("div", "believe-figure", pictures, create("div", "", track, ticks, verdict));
  const most = mean.min + 255 * mean.scale;

  function show({ prediction, placed }: PageState): void {
    pictures.hidden = track.hidden = ticks.hidden = !prediction;
    if (!prediction) {
      setText(verdict, words.draw);
      return;
    }
    const { input, labelIndex, probabilities } = prediction;
    const label = labels[labelIndex] ?? "";
    const start = labelIndex * (1 + familiarity.record.directions) * inputs;
    const name = placed ? say.why.input.image : words.drawn;
    drawn.show(size, input, most, name);
    setText(drawn.caption, name);
    typical.show(
      pictureSize(familiarity),
      familiarity.pictures.subarray(start, start + inputs),
      most,
      words.mean(label),
    );
    setText(typical.caption, words.mean(label));
    const ratio = distanceOf(familiarity, prediction);
    fill.style.setProperty("--share", String(Math.min(1, ratio * LIMIT)));
    track.classList.toggle("beyond", ratio > 1);
    track.setAttribute("aria-label", words.distance(fixed(ratio, 2)));
    const share = percent(probabilities[labelIndex] ?? 0);
    setText(verdict, ratio > 1 ? words.beyond(label, share, fixed(ratio, 2)) : words.within(label, fixed(ratio, 2)));
  }
  return { element, show };
}

const shareOf = ({ images, flagged }: Flagged) => percent(flagged / images);

export const believe: Part = (model, store) => {
  const { manifest, labels } = model;
  const size = manifest.input.image;
  if (!knowsFamiliar(model) || size?.channels !== 1) return null;
  const words = say.quality.believe;
  const place = create("div", "");
  void showWhenLoaded(
    place,
    words.file,
    () => Promise.all([readFamiliarity(model), hasFile(model, "evaluation") ? readJson(model, "evaluation") : null]),
    ([familiarity, evaluation]) => {
      const { element, show } = figure(familiarity, labels, size);
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
      ).flatMap(([name, flagged]) => (flagged ? [[name, whole(flagged.images), shareOf(flagged)]] : []));
      return [
        element,
        create("p", "explains", words.rule(percent(within, 0))),
        table(words.caption, words.columns, rows),
        ...(signs ? [create("p", "explains", words.misses(percent(1 - signs.flagged / signs.images, 0)))] : []),
        ...(evaluation ? misread(evaluation, labels) : []),
      ];
    },
  );
  return part(
    words.title,
    "wide believe",
    create("p", "summary-text", words.explains(say.quality.count(labels.length), kindOf(manifest))),
    place,
  );
};
