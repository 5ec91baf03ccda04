// “Fool it in three”: three drawings of something else than it learned, of which none got a “?”, on one card with a
// link. Nothing is sent: the drawings are in the link.
import { decodeStrokes } from "../../pad/link.ts";
import type { Stroke } from "../../pad/strokes.ts";
import { copyBlock } from "../copy.ts";
import { create, createButton, setText } from "../dom.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";

const THREE = 3;
const [DRAWING, FOOLED] = [/^#drawing=([^&]+)/, /^#fooled=([^&]+)/];

/**
 * @param kind What it takes: "a digit".
 * @param cardOf A drawing with what the model says of it; null if it gets a “?”, or is empty.
 */
export function createFool(
  store: Store,
  kind: string,
  cardOf: (strokes: readonly Stroke[]) => Promise<HTMLElement | null>,
) {
  const words = say.doubt.fool;
  const told = create("p", "note");
  told.setAttribute("role", "status");
  const [cards, link] = [create("ol", "cards"), create("div", "")];
  const found: string[] = []; // as an address holds them

  async function add(text: string | undefined): Promise<void> {
    const strokes = found.includes(text ?? "") ? null : decodeStrokes(text ?? "");
    const card = strokes && (await cardOf(strokes));
    if (card) {
      if (found.length === THREE) {
        found.length = 0;
        cards.replaceChildren();
      }
      found.push(text!);
      cards.append(card);
    }
    setText(
      told,
      card
        ? words.count(found.length, THREE)
        : store.state.trust?.doubt
          ? words.noticed
          : words.first(kind),
    );
    const address = `${location.href.split("#")[0]!}#fooled=${found.join("~")}&stop=doubt`;
    link.replaceChildren(...(found.length === THREE ? [copyBlock(words.link, address, "")] : []));
  }

  setText(told, words.first(kind));
  void (async () => {
    for (const text of FOOLED.exec(location.hash)?.[1]?.split("~").slice(0, THREE) ?? [])
      await add(text);
  })();
  const press = () => void add(store.state.sample ? undefined : DRAWING.exec(location.hash)?.[1]);
  const button = createButton("action primary", press, words.button(kind));
  return create(
    "div",
    "stack fool",
    create("h3", "", words.title),
    told,
    create("div", "buttons", button),
    cards,
    link,
  );
}
