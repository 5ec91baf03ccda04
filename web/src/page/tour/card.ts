// The card of the current stop, in front of the section that the stop is about.
import { create, createButton, setText } from "../dom.ts";
import { say } from "../language.ts";
import { addressOf, type Stop } from "./stops.ts";

export interface Card {
  readonly element: HTMLElement;
  readonly show: (stops: readonly Stop[], place: number, sizes: (stop: Stop) => string) => void;
  /** @param outcome The stop's result; null once the visitor has changed its drawing. */
  readonly tell: (outcome: string | null) => void;
}

const link = (className: string, href: string, ...words: (Node | string)[]): HTMLAnchorElement => {
  const element = create("a", className, ...words);
  element.href = href;
  return element;
};

/** @param restore Puts on the pad again what belongs there. */
export function createCard(restore: () => void): Card {
  const place = create("p", "tour-place");
  const end = link("tour-end", "#draw", say.tour.end);
  const title = create("h2", "");
  title.id = "tour-stop";
  const text = create("p", "");
  const outcome = create("p", "tour-outcome");
  outcome.setAttribute("role", "status");
  const back = createButton("action", restore, say.tour.restore);
  back.hidden = true;
  const question = create("p", "tour-question");
  const links = create("nav", "tour-links");
  links.setAttribute("aria-label", say.tour.links);
  const head = create("div", "tour-head", place, end);
  const element = create("section", "tour-card", head, title, text, outcome, back, question, links);
  element.setAttribute("aria-labelledby", title.id);
  element.tabIndex = -1;

  return {
    element,
    show(stops, at, sizes) {
      const { key } = stops[at]!;
      const words = say.tour.stops[key];
      setText(place, say.tour.place(at + 1, stops.length));
      setText(title, words.title);
      setText(text, words.text);
      question.replaceChildren(create("strong", "", say.tour.question), ` ${words.question}`);
      const after = stops[at + 1];
      links.replaceChildren(
        ...(at > 0 ? [link("tour-before", addressOf(at - 1), say.tour.before)] : []),
        ...(after
          ? [link("tour-after", addressOf(at + 1), say.tour.after(say.tour.stops[after.key].title), sizes(after))]
          : []),
      );
    },
    tell(words) {
      setText(outcome, words ?? say.tour.changed);
      back.hidden = words !== null;
    },
  };
}
