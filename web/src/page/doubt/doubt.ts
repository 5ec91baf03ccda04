// When to doubt: three things that the model has no class for, how often the rule that doubts is
// right, and what people wrote that was misread.
import { decodeStrokes, encodeStrokes } from "../../pad/link.ts";
import type { Stroke } from "../../pad/strokes.ts";
import type { Evaluation, Flagged } from "../../runtime/schema.ts";
import type { Model } from "../../runtime/types.ts";
import { create, createSvg, fillPanel, find, nextTask, rich } from "../dom.ts";
import { hasFile, readJson } from "../files.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import type { Store } from "../state.ts";
import { kindOf, knowsFamiliar, readFamiliarity, trustOf } from "../unlike.ts";
import "./doubt.css";
import { createFool } from "./fool.ts";
import { onPad, pictureOf, read, THINGS } from "./sketches.ts";

/** As pipeline/pens/LICENSES.md names it. */
const SOURCE = "UJIpenchars2, CC BY 4.0";
/** Dots in a row. */
const ROW = 50;
const MISREAD = 6;

export function mount(section: HTMLElement, store: Store): void {
  store.watch(["model"], ({ model }) => {
    const place = create("div", "doubting");
    fillPanel(section, create("div", "", place));
    if (!model || section.hidden) return; // hidden by facts.ts
    find(section, "[data-say='doubt.rule']").hidden = !knowsFamiliar(model);
    void showWhenLoaded(
      place,
      say.doubt.file,
      () => contentOf(model, store),
      (content) => content,
    );
  });
}

async function contentOf(model: Model, store: Store): Promise<readonly HTMLElement[]> {
  const words = say.doubt;
  const [familiarity, evaluation] = await Promise.all([
    knowsFamiliar(model) ? readFamiliarity(model) : null,
    hasFile(model, "evaluation") ? readJson(model, "evaluation") : null,
  ]);
  const judge = trustOf(model, familiarity);

  const createCard = (strokes: readonly Stroke[], ...content: Node[]) => {
    const card = create("a", "card", pictureOf(strokes), ...content);
    card.href = `#drawing=${encodeStrokes(strokes) ?? ""}`; // which goes to the pad
    return create("li", "", card);
  };

  /**
   * A drawing, and what the model says of it; null where there is nothing to read, or a “?” where
   * that is `refused`.
   */
  async function claim(
    strokes: readonly Stroke[],
    name: string,
    refused: boolean,
  ): Promise<HTMLElement | null> {
    const prediction = await model.predict(read(strokes));
    const isDoubted = prediction.label !== null && Boolean(judge(prediction, false).doubt);
    if (prediction.label === null || (refused && isDoubted)) return null;
    const { label, labelIndex, probabilities } = prediction;
    const says = create(
      "span",
      "claim",
      words.claims(label, percent(probabilities[labelIndex] ?? 0, 0)),
    );
    const glyph = familiarity ? [create("span", "card-glyph", isDoubted ? "?" : label)] : [];
    return createCard(
      strokes,
      create("span", "card-words", ...glyph, ...(name ? [create("b", "", name)] : []), says),
    );
  }

  const things: HTMLElement[] = [];
  for (const name of Object.keys(THINGS) as (keyof typeof THINGS)[]) {
    if (model.labels.some((label) => label.toLowerCase() === name)) continue; // one of the model's classes
    const card = await claim(decodeStrokes(THINGS[name])!, words.things[name], false);
    if (card) things.push(card);
    await nextTask();
  }
  const { signs, drawings } = familiarity?.record ?? {};
  return [
    create("ol", "cards", ...things),
    ...(familiarity
      ? [createFool(store, kindOf(model.manifest), (strokes) => claim(strokes, "", true))]
      : []),
    ...(signs && drawings
      ? [create("div", "units", units(signs, words.strange), units(drawings, words.right))]
      : []),
    ...(evaluation ? misread(evaluation) : []),
  ];

  function misread({ drawings, misread_drawings: shown }: Evaluation): readonly HTMLElement[] {
    if (!drawings || !shown?.length) return [];
    const confusions = shown.map(({ label, predicted }) => `${label} ${predicted}`);
    const cards = shown
      .filter((_, at) => confusions.indexOf(confusions[at]!) === at) // one of each
      .slice(0, MISREAD)
      .map((drawing) =>
        createCard(
          onPad(drawing),
          create(
            "span",
            "",
            words.taken(model.labels[drawing.label]!, model.labels[drawing.predicted]!),
          ),
        ),
      );
    const source = create("span", "", SOURCE);
    source.lang = "en";
    const wrong = Math.round((1 - drawings.accuracy) * drawings.drawings);
    const told = rich(words.misread(whole(wrong), whole(drawings.drawings)), { source });
    return [
      create("div", "stack misread", create("p", "note", ...told), create("ol", "", ...cards)),
    ];
  }
}

/** A dot for each picture that was measured; full ones got a "?". */
function units({ images, flagged }: Flagged, caption: string): HTMLElement {
  const dots = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const at = from + index;
      return `M${(at % ROW) + 0.12} ${Math.floor(at / ROW) + 0.5}a.38.38 0 1 0 .76 0a.38.38 0 1 0-.76 0`;
    }).join("");
  const chart = createSvg(
    "svg",
    { viewBox: `0 0 ${ROW} ${Math.ceil(images / ROW)}`, "aria-hidden": "true" },
    createSvg("path", { class: "doubted", d: dots(0, flagged) }),
    createSvg("path", { d: dots(flagged, images) }),
  );
  const count = create("b", "", say.doubt.share(whole(flagged), whole(images)));
  return create("figure", "", create("figcaption", "note", ...rich(caption, { count })), chart);
}
