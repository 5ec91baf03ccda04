// The part in which the visitor moves scores. A move asks "what if"; no other part shows it.
import { explainOnPoint, type Store } from "../state.ts";
import type { Subject } from "../subject.ts";
import { domainOf, type Domain } from "./line-layout.ts";
import { createShares } from "./shares.ts";
import { scoresOf, type View } from "./view.ts";
import { lifted, moved, outcomeOf, unmoved, type WhatIf } from "./whatif.ts";

/** How much higher the button moves every score. */
const LIFT = 1;

export function createSoftmax(store: Store, subject: Subject) {
  const nothing = unmoved(subject.labels.length);
  let whatIf = nothing;
  let view: View | null = null;
  let domain: Domain = domainOf(nothing);

  const render = () => {
    if (view) shares.show(view, whatIf, outcomeOf(view, whatIf), domain);
  };
  const change = (next: WhatIf) => {
    whatIf = next;
    render();
  };
  /** The number line keeps its ends, unless a score has left it. */
  const drop = () => {
    if (!view) return;
    const { scores } = outcomeOf(view, whatIf);
    if (!scores.every((score) => score > domain.low && score < domain.high))
      domain = domainOf([...scoresOf(view), ...scores]);
    render();
  };
  const shares = createShares(subject, {
    grab(index) {
      store.update({ picked: index });
    },
    drop,
    move(index, value) {
      change(moved(whatIf, index, value - view!.ways[index]!.score));
    },
    lift() {
      change(lifted(whatIf, LIFT));
      drop();
    },
    back() {
      if (view) begin(view);
      render();
    },
  });
  for (const [index, handle] of shares.handles.entries()) explainOnPoint(store, handle, index);
  const begin = (next: View) => {
    whatIf = nothing;
    domain = domainOf(scoresOf(next));
  };
  return {
    element: shares.element,
    /** Another input is explained: what was moved for the one before is forgotten. To be followed by `show`. */
    begin,
    show(next: View) {
      view = next;
      render();
    },
  };
}
