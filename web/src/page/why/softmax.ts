// The two parts in which the visitor moves scores and biases. What is moved here is asked "what if"; no other part shows it.
import { explainOnPoint, type Store } from "../state.ts";
import type { Subject } from "../subject.ts";
import { createBiases } from "./biases.ts";
import { domainOf, type Domain } from "./line-layout.ts";
import { createShares } from "./shares.ts";
import type { View } from "./view.ts";
import { lifted, moved, outcomeOf, unmoved, type WhatIf } from "./whatif.ts";

/** How much higher the button moves every score. */
const LIFT = 1;

/** @param onEmpty The visitor wants an empty page to be explained, or what is on the pad. */
export function createSoftmax(store: Store, subject: Subject, onEmpty: (isEmpty: boolean) => void) {
  const { bias } = subject.linear;
  let whatIf = unmoved(bias.length);
  let view: View | null = null;
  let domain: Domain = domainOf(bias);

  const render = () => {
    if (!view) return;
    biases.show(view, whatIf);
    shares.show(view, whatIf, outcomeOf(view, whatIf), domain);
  };
  const change = (next: WhatIf) => {
    whatIf = next;
    render();
  };
  const grab = (index: number) => {
    store.update({ picked: index });
  };
  /** The number line keeps its ends, unless a score has left it. */
  const drop = () => {
    if (!view) return;
    const { scores } = outcomeOf(view, whatIf);
    if (!scores.every((score) => score > domain.low && score < domain.high))
      domain = domainOf([...view.logits, ...scores]);
    render();
  };
  const shares = createShares(subject, {
    grab,
    drop,
    move(index, value) {
      change(moved(whatIf, "scores", index, value - view!.logits[index]! - whatIf.biases[index]!));
    },
    lift() {
      change(lifted(whatIf, LIFT));
      drop();
    },
    back() {
      onEmpty(false);
    },
  });
  const biases = createBiases(subject, {
    grab,
    drop,
    move(index, value) {
      change(moved(whatIf, "biases", index, value - bias[index]!));
    },
    empty() {
      onEmpty(view?.source !== "empty");
    },
  });
  for (const { handles } of [shares, biases]) {
    for (const [index, handle] of handles.entries()) explainOnPoint(store, handle, index);
  }
  return {
    elements: [biases.element, shares.element],
    /** Another input is explained: what was moved for the one before is forgotten. To be followed by `show`. */
    begin(next: View) {
      whatIf = unmoved(bias.length);
      domain = domainOf(next.logits);
    },
    show(next: View) {
      view = next;
      render();
    },
  };
}
