/** Every word of the element. `{label}` and `{percent}` are filled in. */
export interface Texts {
  /** Name of the pad, for those who listen. */
  readonly pad: string;
  readonly hint: string;
  readonly undo: string;
  readonly clear: string;
  /** The button of a pad for photos. */
  readonly choose: string;
  /** On a pad for photos, and its name for those who listen. */
  readonly photo: string;
  /** Said of a file that is no picture. */
  readonly unreadable: string;
  readonly loading: string;
  readonly failed: string;
  readonly retry: string;
  /** Name of the list of probabilities, for those who listen. */
  readonly answers: string;
  /** What is announced when the hand rests. */
  readonly answer: string;
  readonly blank: string;
  readonly picture: string;
  readonly for: string;
  readonly against: string;
}

export const ENGLISH: Texts = {
  pad: "Drawing pad. Draw with finger, pen or mouse, or with the arrow keys; Space sets the pen down and lifts it.",
  hint: "Draw here",
  undo: "Undo",
  clear: "Clear",
  choose: "Choose a picture",
  photo: "Choose, paste or drop a picture",
  unreadable: "That is no picture that this browser can read.",
  loading: "Loading the model: {percent}",
  failed: "The model could not be loaded.",
  retry: "Try again",
  answers: "Probability of each answer",
  answer: "{label}, {percent}",
  blank: "The pad is empty.",
  picture: "What the model sees",
  for: "Speaks for {label}",
  against: "Speaks against {label}",
};

export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);

/** Writes a share 0..1 as a percentage of that language; never rounded up to certainty. */
export function percentIn(language: string): (share: number) => string {
  let format: Intl.NumberFormat | null = null;
  // Made when it is first needed: a browser takes 10 ms to make its first one, longer than the model's first answer.
  return (share) => {
    format ??= formatIn(language);
    return share > 0.999 && share < 1 ? `>${format.format(0.999)}` : format.format(share);
  };
}

function formatIn(language: string): Intl.NumberFormat {
  const style = { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
  try {
    return new Intl.NumberFormat(language || undefined, style);
  } catch {
    return new Intl.NumberFormat(undefined, style); // a lang="…" that is no language
  }
}
