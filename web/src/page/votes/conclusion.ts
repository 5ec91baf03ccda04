// Says in one or two sentences what the visitor's moves change.
import { fixed, magnitude, percent } from "../format.ts";
import { say } from "../language.ts";
import type { View } from "./view.ts";
import { changeOf, type Outcome, type WhatIf } from "./whatif.ts";

export function conclude({ labels, shares, answer }: View, whatIf: WhatIf, outcome: Outcome): string {
  const change = changeOf(whatIf);
  const amount = (by: number) => ({ by: fixed(Math.abs(by), 2), isMore: by > 0, factor: magnitude(Math.exp(by)) });
  const winner = labels[outcome.answer] ?? "";
  const reply =
    outcome.answer === answer ? say.why.staysAnswer(winner) : say.why.turnsAnswer(winner, labels[answer] ?? "");
  switch (change.kind) {
    case "none":
      return say.why.dragHint(magnitude(Math.E));
    case "all":
      return say.why.allMoved(amount(change.by));
    case "one": {
      const { index, by } = change;
      const [now, before] = [percent(outcome.shares[index]!), percent(shares[index]!)];
      return `${say.why.oneMoved(labels[index] ?? "", amount(by), now, before)} ${reply}`;
    }
    case "several":
      return `${say.why.someMoved(change.count)} ${reply}`;
  }
}
