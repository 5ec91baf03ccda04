// You against the machine: ten test images, some of which the model misreads. The visitor says what each of them is.
import { isDarkOnBright } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { fillChoices } from "../choices.ts";
import { onThemeChange, paintTestImage } from "../colours.ts";
import { context2d, create, createButton, setText } from "../dom.ts";
import { bytesOf, hasFile, hasTestImages, readImages, readJson } from "../files.ts";
import { kilobytes, percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { showWhenLoaded } from "../loading.ts";
import { sendToPad } from "../send-to-pad.ts";
import type { Store } from "../state.ts";
import { scroller, table } from "../tables.ts";
import { cardsOf, deal, ROUNDS, scoreOf, verdictOf, type Card, type Played } from "./deal.ts";
import "./game.css";

const FILES = ["evaluation", "mistake_images", "reference", "reference_images"] as const;

export function mount(section: HTMLElement, store: Store): void {
  const words = say.game;
  const heading = create("h2", "", words.title);
  heading.id = "game-title";
  section.setAttribute("aria-labelledby", heading.id);
  const table = create("div", "game");
  section.append(heading, create("p", "explains", words.intro(ROUNDS)), table);
  store.watch(["model"], ({ model }) => {
    if (!model) return;
    section.hidden = !hasTestImages(model) || !FILES.every((name) => hasFile(model, name));
    const start = createButton("action", begin, words.start(kilobytes(bytesOf(model, ...FILES))));
    table.removeAttribute("tabindex");
    table.replaceChildren(start);
    function begin(): void {
      if (!model) return;
      void showWhenLoaded(
        table,
        words.loading,
        () => readCards(model),
        (cards) => [play(model, store, cards)],
      );
    }
  });
}

async function readCards(model: Model): Promise<readonly Card[]> {
  const [evaluation, mistaken, reference, referred] = await Promise.all([
    readJson(model, "evaluation"),
    readImages(model, "mistake_images"),
    readJson(model, "reference"),
    readImages(model, "reference_images"),
  ]);
  return cardsOf(evaluation, mistaken, reference, referred);
}

/** One game after another. */
function play(model: Model, store: Store, cards: readonly Card[]): HTMLElement {
  const words = say.game;
  const { labels } = model;
  let hand = deal(cards);
  let played: Played[] = [];

  const place = create("p", "game-place");
  const score = create("p", "game-score");
  const frame = create("div", "game-image");
  const ask = create("h3", "", words.ask);
  ask.id = "game-ask";
  const group = create("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", ask.id);
  const choices = fillChoices(group, labels, (index) => void guess(index));
  const keys = create("p", "explains", words.keys);
  keys.hidden = labels.some(({ length }) => length !== 1);
  const verdict = create("p", "game-verdict");
  verdict.setAttribute("role", "status");
  const next = createButton("action", advance);
  const why = createButton(
    "action",
    () => {
      const last = played.at(-1)?.card;
      if (!last) return;
      const { picture, index, label } = last;
      sendToPad(store, { picture, index, labelIndex: label, caption: say.tour.caption(index, labels[label] ?? "") });
    },
    words.why,
  );
  const buttons = create("div", "game-buttons", next, why);
  const round = create(
    "div",
    "game-round",
    place,
    score,
    frame,
    create("div", "game-answer", ask, group, keys, verdict, buttons),
  );
  const game = create("div", "", round);
  // Only while the focus is inside: a digit typed elsewhere is not a guess.
  game.addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey }) => {
    const index = labels.findIndex((label) => label.length === 1 && label.toLowerCase() === key.toLowerCase());
    if (index >= 0 && !ctrlKey && !metaKey && !altKey) void guess(index);
  });

  function show(): void {
    const card = hand[played.length];
    if (!card) return;
    setText(place, words.image(played.length + 1, hand.length));
    tell();
    frame.replaceChildren(imageOf(model, card, words.picture));
    setText(verdict, "");
    buttons.hidden = true;
    group.hidden = ask.hidden = false;
    choices.mark(null);
    for (const button of choices.buttons) button.setAttribute("aria-disabled", "false");
  }

  function tell(): void {
    const { you, machine } = scoreOf(played);
    setText(score, words.score(you, machine, played.length));
  }

  let busy = false;
  async function guess(index: number): Promise<void> {
    const card = hand[played.length];
    if (!card || busy || !buttons.hidden) return;
    busy = true;
    try {
      const { labelIndex, probabilities } = await model.predictPicture(card.picture);
      const one = { card, guess: index, machine: labelIndex, share: probabilities[labelIndex] ?? 0 };
      played = [...played, one];
      choices.mark(index, card.label);
      for (const button of choices.buttons) button.setAttribute("aria-disabled", "true");
      setText(verdict, wordsOf(one, labels));
      tell();
      setText(next, played.length < hand.length ? words.next : words.last);
      buttons.hidden = false;
      next.focus({ preventScroll: true });
    } finally {
      busy = false;
    }
  }

  function advance(): void {
    if (played.length < hand.length) {
      show();
      choices.buttons[0]?.focus({ preventScroll: true });
      return;
    }
    const again = createButton(
      "action",
      () => {
        hand = deal(cards);
        played = [];
        game.replaceChildren(round);
        show();
        choices.buttons[0]?.focus({ preventScroll: true });
      },
      words.again,
    );
    const result = resultOf(model, played, again);
    game.replaceChildren(result);
    result.focus({ preventScroll: true });
  }

  show();
  return game;
}

function wordsOf(played: Played, labels: readonly string[]): string {
  const { verdict } = say.game;
  const { card, guess, machine } = played;
  const [label, you, it] = [card.label, guess, machine].map((index) => labels[index] ?? "") as [string, string, string];
  const share = percent(played.share);
  switch (verdictOf(played)) {
    case "bothRight":
      return verdict.bothRight(label, share);
    case "youRight":
      return verdict.youRight(label, it, share);
    case "machineRight":
      return verdict.machineRight(label, you, share);
    case "bothWrong":
      return verdict.bothWrong(label, you, it, share);
  }
}

/** After the last round: the sum, how it is to be taken, and all the images. */
function resultOf(model: Model, played: readonly Played[], again: HTMLElement): HTMLElement {
  const words = say.game;
  const { labels, manifest } = model;
  const { you, machine } = scoreOf(played);
  const name = (index: number, right: number) => {
    const label = labels[index] ?? "";
    return index === right ? label : create("span", "game-wrong", `${label} ✗`);
  };
  const rows = played.map((one) => [
    imageOf(model, one.card, say.tour.caption(one.card.index, labels[one.card.label] ?? "")),
    labels[one.card.label] ?? "",
    name(one.guess, one.card.label),
    name(one.machine, one.card.label),
  ]);
  const { columns } = words;
  const chosen = played.filter(({ card }) => card.isMistake).length;
  const { metrics } = manifest;
  const fair = metrics
    ? [
        create(
          "p",
          "explains",
          words.fair(chosen, played.length, percent(metrics.test_accuracy), whole(metrics.test_images)),
        ),
      ]
    : [];
  const figures = table(words.table, [columns.image, columns.label, columns.you, columns.machine], rows);
  const sum = create("p", "game-sum", words.result(you, machine, played.length));
  const result = create("div", "game-result", sum, ...fair, again, scroller(words.table, figures));
  result.tabIndex = -1;
  return result;
}

function imageOf(model: Model, { picture }: Card, name: string): HTMLCanvasElement {
  const { height = 1, width = 1 } = model.manifest.input.image ?? {};
  const canvas = create("canvas", "pixels");
  Object.assign(canvas, { height, width });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const context = context2d(canvas);
  const paint = () => {
    paintTestImage(context, picture, isDarkOnBright(model.manifest));
  };
  onThemeChange(canvas, paint);
  paint();
  return canvas;
}
