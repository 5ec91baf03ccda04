// The biases of all classes on one number line: what an empty page gets.
import { create, createButton, setText } from "../dom.ts";
import { percent, signed } from "../format.ts";
import { say } from "../language.ts";
import type { Subject } from "../subject.ts";
import { domainOf } from "./line-layout.ts";
import { createLine, type LineEvents } from "./line.ts";
import type { View } from "./view.ts";
import { outcomeOf, type WhatIf } from "./whatif.ts";

export interface BiasEvents extends Omit<LineEvents, "name"> {
  /** The empty page is to be explained, or what is on the pad again. */
  readonly empty: () => void;
}

export function createBiases({ labels, linear }: Subject, events: BiasEvents) {
  const line = createLine(labels, { ...events, name: say.why.biasOf });
  const words = create("p", "bias-words");
  const button = createButton("action empty-page", events.empty, say.why.emptyPage);
  const domain = domainOf(linear.bias);
  const element = create(
    "div",
    "biases",
    create("h3", "", say.why.biasTitle),
    create("p", "explains", say.why.biasLead),
    line.element,
    words,
    create("div", "buttons", button),
  );
  return {
    element,
    handles: line.handles,
    show({ hasBias, shown, source, onPad }: View, { biases: moves }: WhatIf) {
      element.hidden = !hasBias;
      const nothing = new Float64Array(labels.length);
      const { scores, shares, answer } = outcomeOf({ logits: linear.bias }, { scores: nothing, biases: moves });
      const least = shares.indexOf(Math.min(...shares));
      const says = (index: number) => signed(scores[index]!);
      line.show({ domain, values: scores, before: linear.bias, shown, answer: -1, says });
      const [first, last] = [answer, least].map((index) => [labels[index] ?? "", percent(shares[index]!)] as const);
      setText(words, say.why.emptyAnswers(moves.some(Boolean), ...first!, ...last!));
      button.hidden = onPad === "empty";
      button.setAttribute("aria-pressed", String(source === "empty"));
    },
  };
}
