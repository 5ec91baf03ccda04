// For teachers: a tour. Each stop is an address, #tour/3, that puts something on the pad and leads to the section about it.
import type { Model, Prediction } from "../../runtime/types.ts";
import { create, find } from "../dom.ts";
import { bytesOf } from "../files.ts";
import { kilobytes } from "../format.ts";
import { say } from "../language.ts";
import { anchor, belowNav } from "../scroll-anchor.ts";
import type { Placed, Store } from "../state.ts";
import { createCard, type Card } from "./card.ts";
import { hasMistakes, MISTAKE_FILES, readMistake } from "./misread.ts";
import { outcomeOf } from "./outcome.ts";
import { addressOf, DRAWINGS, placeIn, ranking, stopsFor, type Stop } from "./stops.ts";
import "./tour.css";

export function mount(section: HTMLElement, store: Store): void {
  const list = create("ol", "tour-stops");
  section.append(list);

  let stops: readonly Stop[] = [];
  const guide = createGuide(store);

  function follow(): void {
    const place = placeIn(location.hash);
    const stop = place === null ? undefined : stops[place];
    if (place === null || stop) guide.go(stops, place);
    else if (stops.length > 0) store.update({ note: say.tour.unknown(stops.length) });
  }
  addEventListener("hashchange", follow);

  store.watch(["model"], ({ model }) => {
    if (!model) return; // nothing moves while another model is loading
    const shows = (id: string) => !find(document, `#${id}`).hidden;
    stops = stopsFor(model.manifest, hasMistakes(model), shows);
    section.hidden = stops.length === 0;
    list.replaceChildren(
      ...stops.map((stop, place) => {
        const link = create("a", "", say.tour.stops[stop.key].title);
        link.href = addressOf(place);
        link.addEventListener("click", () => {
          if (location.hash === link.hash) follow(); // nothing changes, so nothing else would tell
        });
        return create("li", "", link, sizeOf(model)(stop));
      }),
    );
    follow();
  });
}

/** Download size of a stop, told beforehand: " (63 KB)". */
const sizeOf =
  (model: Model) =>
  ({ shows }: Stop): string =>
    shows === "misread" ? ` (${kilobytes(bytesOf(model, ...MISTAKE_FILES))})` : "";

/** Leads from stop to stop. `go` with null ends the tour. */
function createGuide(store: Store): { readonly go: (stops: readonly Stop[], place: number | null) => void } {
  let stop: Stop | null = null;
  let address = "";
  let card: Card | null = null;
  /** The stop's content on the pad; null until it is there. */
  let staged: Placed | string | null = null;
  /** The answer to what was on the pad before. */
  let earlier: Prediction | null = null;
  let picks = false;

  /** Put on the pad what the stop shows. */
  async function stage(): Promise<void> {
    const { model } = store.state;
    const going = stop;
    if (!model || !going) return;
    staged = null;
    card?.tell("");
    try {
      const content = going.shows === "misread" ? await readMistake(model) : DRAWINGS[going.shows];
      if (stop !== going || store.state.model !== model || content === null) return; // the visitor has moved on
      picks = going.picks !== undefined;
      staged = content;
      earlier = content === store.state.sketched ? null : store.state.prediction;
      store.update(typeof content === "string" ? { sketched: content } : { placed: content });
      history.replaceState(history.state, "", address); // instead of the drawing's own address
      tell();
    } catch (error) {
      console.error(error); // for the site's maintainer
      if (stop === going) card?.tell(say.tour.failed);
    }
  }

  function tell(): void {
    const { model, prediction, placed, sketched } = store.state;
    if (!stop || !card || !model || staged === null) return;
    if (staged !== placed && staged !== sketched) card.tell(null);
    else if (prediction && prediction !== earlier) {
      card.tell(outcomeOf(stop, model.labels, prediction, placed?.labelIndex ?? null));
      const second = ranking(prediction)[1];
      if (picks && second !== undefined) store.update({ picked: second });
      picks = false;
    }
  }
  store.watch(["prediction", "placed", "sketched"], tell);

  return {
    go(stops, place) {
      const next = place === null ? undefined : stops[place];
      const { model } = store.state;
      if (place === null || !next || !model) {
        card?.element.remove();
        stop = staged = null;
        return;
      }
      stop = next;
      address = addressOf(place);
      card ??= createCard(() => void stage());
      card.show(stops, place, sizeOf(model));
      find(document, `#${next.section}`).before(card.element);
      card.element.focus({ preventScroll: true });
      anchor(card.element, belowNav);
      void stage();
    },
  };
}
