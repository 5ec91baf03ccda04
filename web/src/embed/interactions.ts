// Parts of the element that can wait until after its first answer: touch, trust, announcements,
// images; and those that wait until they are used: keyboard, explanations, forms (rare.ts).
import { announcement, headline, trust } from "./announcement.ts";
import { warnOfAttributes } from "./attribute-warnings.ts";
import { Control } from "./control.ts";
import { create, setText } from "./dom.ts";
import { engageByTouch } from "./engage.ts";
import { fetchRare } from "./fetch-rare.ts";
import type { FormHost, InteractionHost } from "./host.ts";
import css from "./interactions.css?inline";
import { acceptImages } from "./images.ts";
import { whole, type WholeStyle } from "./later-words.ts";
import type { Rare } from "./rare.ts";
import type { Model, Prediction } from "./types.ts";
import { isOver } from "../runtime/judge.ts";
import { watchProof } from "../runtime/proof.ts";
import { fillIn } from "./words.ts";

/** How long an announcement waits for what it takes to judge the first answer. */
const PATIENCE_MS = 1000;

/** Attributes for which an element takes part in more than drawing. */
const OF_FORMS = "[required], [disabled], [readonly], [value], [value-as]";

export interface Interactions {
  readonly css: string;
  readonly press: (event: KeyboardEvent) => void;
  readonly control: Control;
  /** Undefined until they have been used. */
  readonly rare: Rare | undefined;
  /** Call `act` with them: at once, or when they have been fetched. */
  readonly use: <T>(act: (rare: Rare) => T) => Promise<T>;
  readonly show: (prediction: Prediction | null, isExplained: boolean) => void;
  /** The sentence for when drawing pauses. */
  readonly announcement: (prediction: Prediction | null) => Promise<string>;
  /** Opens the dialogue that chooses a file. */
  readonly choose: () => void;
}

export function interactions(
  host: InteractionHost,
  element: FormHost,
  internals: ElementInternals | undefined,
): Interactions {
  engageByTouch(host);
  const tap = create("small", "", whole(host).texts.tap);
  const words = create("p", "headline");
  const trusted = create("p", "confidence");
  const over = create("p", "over");
  host.padBox.querySelector(".hint")!.append(tap);
  host.pictures.parentElement!.prepend(words, trusted);
  host.pictures.after(over);
  let shown: Prediction | null = null;
  /** The same, with its judgement once that is known. */
  let judged: Prediction | null = null;
  let said = "";

  function say(prediction: Prediction | null, all: WholeStyle): void {
    const { model } = host;
    if (prediction !== shown) judged = shown = prediction;
    setText(words, headline(prediction, all));
    if (!model) return;
    watch(model);
    const show = (): void => {
      setText(trusted, trust(judged, model.manifest, all));
    };
    show();
    // The first answers come before the judge.
    if (prediction && judged?.confidence === undefined) {
      void model.judge(prediction).then((judgement) => {
        if (shown !== prediction) return;
        judged = { ...prediction, ...judgement };
        show();
      });
    }
  }

  let watched: Model | null = null;
  function watch(model: Model): void {
    if (model === watched) return;
    watched = model;
    watchProof(model, (proof) => {
      const { drawing } = host;
      if (host.model !== model) return;
      element.dispatchEvent(new CustomEvent("proof", { detail: proof }));
      // The drawing on the pad is read again: its answer was wrong.
      if (proof.agreed < proof.count && !drawing.current)
        drawing.replace(drawing.image ?? drawing.strokes);
    });
  }

  function warn({ texts }: WholeStyle): void {
    const expires = host.model?.expires;
    over.hidden = !isOver(expires);
    setText(over, over.hidden ? "" : fillIn(texts.expired, { date: String(expires).slice(0, 10) }));
  }

  warn(whole(host));
  const checkAttributes = warnOfAttributes(element);
  const control = new Control(element, host, internals);
  let rare: Rare | undefined;
  async function use<T>(act: (rare: Rare) => T): Promise<T> {
    if (!rare) {
      const { rareOf } = await fetchRare();
      rare ??= rareOf(host, element, internals, control);
    }
    return act(rare);
  }
  const isOfForms = (): boolean =>
    Boolean(internals?.form ?? internals?.labels.length) || element.matches(OF_FORMS);
  /** If it cannot be fetched, nothing happens; the next call tries again. */
  const tryToUse = (act: (rare: Rare) => void): void => {
    use(act).catch((error: unknown) => {
      if (rare) throw error; // of `act` itself
    });
  };
  const { canvas, drawing } = host;
  const onFocus = (canvas.onfocus = () => {
    if (canvas.matches(":focus-visible")) tryToUse(() => undefined);
  });
  onFocus();
  if (isOfForms()) tryToUse(() => undefined);
  return {
    css,
    press(event) {
      const { key, ctrlKey, metaKey, altKey } = event;
      const isTaken =
        drawing.takesStrokes && /^( |Arrow.*)$/.test(key) && !(ctrlKey || metaKey || altKey);
      if (!rare && isTaken) event.preventDefault(); // the page does not scroll
      tryToUse(({ keyboard }) => {
        if (keyboard.press(event)) event.preventDefault();
      });
    },
    control,
    get rare() {
      return rare;
    },
    use,
    show(prediction, isExplained) {
      const all = whole(host);
      setText(tap, all.texts.tap);
      say(prediction, all);
      warn(all);
      checkAttributes();
      if (!rare && !isExplained && !isOfForms()) return;
      tryToUse(({ form, explanation }) => {
        explanation.show(isExplained ? host.model : null, prediction, all);
        form.update();
      });
    },
    async announcement(prediction) {
      const all = whole(host);
      if (prediction) {
        say(prediction, all); // it may have been predicted before this part was there
        const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
        await Promise.race([host.model?.judge(prediction), patience]);
        if (shown !== prediction) return said; // it is followed by another one
      }
      const { drawing, refused } = host;
      const empty = said && all.texts.blank; // not where nothing ever was
      const answer =
        prediction &&
        [announcement(prediction, all), trusted.textContent].filter(Boolean).join(". ");
      return (said = refused || (answer ?? (drawing.isBlank ? empty : "")));
    },
    choose: acceptImages(host),
  };
}
