// Why this answer: g(AX + b) with the numbers of this drawing, for the answer or any other class.
import { fillChoices, type Choices } from "../choices.ts";
import { find, setText } from "../dom.ts";
import { signed } from "../format.ts";
import { explainOnPoint, pick, shownClass, type Store } from "../state.ts";
import { subjectOf, type Subject } from "../subject.ts";
import { mountLedger } from "./ledger.ts";
import { mountPictures } from "./pictures.ts";
import { mountShares } from "./shares.ts";
import { mountVersus } from "./versus.ts";
import { viewOf, type View } from "./view.ts";

/** The answer in one sentence. */
function leadOf({ labels, logits, answer, shown, rival }: View): readonly [question: string, reply: string] {
  const score = (index: number) => signed(logits[index] ?? 0);
  const label = labels[shown] ?? "";
  if (shown !== answer) {
    const behind = ((logits[answer] ?? 0) - (logits[shown] ?? 0)).toFixed(2);
    return [`Why not ${label}?`, `It scores ${score(shown)}, ${behind} less than ${labels[answer] ?? ""}.`];
  }
  const next = rival === null ? "" : ` The next best, ${labels[rival] ?? ""}, scores ${score(rival)}.`;
  return [`Why ${label}?`, `It has the highest score, ${score(shown)}.${next}`];
}

export function mountWhy(root: ParentNode, store: Store): void {
  const section = find(root, ".reason");
  const group = find(section, ".choices");
  const [question, reply] = [find(section, ".why-question"), find(section, ".why-reply")];
  const parts = [
    mountPictures(find(section, ".why-pictures")),
    mountLedger(find(section, ".ledger")),
    mountShares(find(section, ".shares")),
    mountVersus(find(section, ".versus")),
  ];
  let subject: Subject | null = null;
  let choices: Choices | null = null;

  store.watch(["model"], ({ model }) => {
    subject = subjectOf(model);
    choices = fillChoices(group, subject?.labels ?? [], (index) => {
      pick(store, index);
    });
    for (const [index, button] of choices.buttons.entries()) explainOnPoint(store, button, index);
  });

  store.watch(["model", "prediction", "pointed", "picked"], (state) => {
    if (!subject) return;
    const shown = shownClass(state);
    const view = viewOf(subject, state);
    choices?.mark(state.picked, shown);
    const [why, because] = view
      ? leadOf(view)
      : ["", "Draw above to see the whole calculation behind the answer here."];
    setText(question, why);
    setText(reply, because);
    for (const show of parts) show(subject, view, shown);
  });
}
