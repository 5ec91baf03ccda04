// Shows what was learned and how good it is: words below the classes, weights and misread examples in their list.
import { create, setText } from "../dom.ts";
import { percent, whole } from "../format.ts";
import { say } from "../language.ts";
import { largestOf, weightsOf } from "../subject.ts";
import { countOf, taughtOf, type OwnClass } from "./classes.ts";
import type { Learned } from "./lesson.ts";
import type { List } from "./list.ts";
import type { Session } from "./session.ts";
import { interval } from "./training.ts";

interface Tested {
  readonly guesses: Uint8Array;
  readonly labels: Uint8Array;
}

export function createReport(session: Session, list: List) {
  const learnedWords = create("p", "own-learned");
  const testedWords = create("p", "explains own-tested");
  let learned: Learned | null = null;
  let tested: Tested | null = null;

  function show(): void {
    const { classes } = session;
    const taught = taughtOf(classes);
    const { kernel, outputs } = learned?.weights ?? { kernel: new Float32Array(), outputs: 1 };
    const pictureOf = (one: OwnClass) => {
      const output = taught.indexOf(one);
      return learned && output >= 0 ? weightsOf(kernel, outputs, output) : null;
    };
    list.showWeights(classes.map(pictureOf), largestOf(kernel));
    setText(learnedWords, learned ? wordsOf(learned) : say.own.learnFirst);
    const single = taught.find(({ examples }) => examples.length < 2);
    if (!learned) setText(testedWords, "");
    else if (single) setText(testedWords, say.own.testFirst(single.name));
    else setText(testedWords, tested ? wordsOfTest(tested) : say.own.testing);
    list.showGuesses(classes.map((one) => (tested ? misread(tested, taught.indexOf(one)) : [])));
  }

  function wordsOf({ milliseconds }: Learned): string {
    const taught = taughtOf(session.classes);
    const left = session.classes.filter((one) => !taught.includes(one)).map(({ name }) => name);
    return [
      say.own.learned(countOf(taught), whole(milliseconds)),
      ...(left.length ? [say.own.leftOut(left)] : []),
    ].join(" ");
  }

  /** Wrong answers to the examples of a class, null where the answer is right. */
  function misread({ guesses, labels }: Tested, label: number): readonly (string | null)[] {
    const taught = taughtOf(session.classes);
    return [...guesses]
      .filter((_, row) => labels[row] === label)
      .map((guess) => (guess === label ? null : taught[guess]!.name));
  }

  return {
    element: create("div", "own-report", learnedWords, testedWords),
    onLearned(now: Learned | null) {
      learned = now;
      tested = null;
      show();
    },
    onTested(guesses: Uint8Array, labels: Uint8Array) {
      tested = { guesses, labels };
      show();
    },
    show,
  };
}

function wordsOfTest({ guesses, labels }: Tested): string {
  const right = labels.filter((label, row) => label === guesses[row]).length;
  const [low, high] = interval(right, labels.length);
  return say.own.tested(whole(right), whole(labels.length), percent(low, 0), percent(high, 0));
}
