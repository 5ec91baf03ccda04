// All texts of the element, in English. `{label}`, `{next}`, `{percent}`, `{right}`, `{of}` and
// `{date}` are placeholders; describe.ts says where each stands.

/** The words that an element needs at once; interactions.ts brings the others. */
export const ENGLISH = {
  pad: "Drawing pad. Draw with finger, pen, mouse or arrow keys. Space lowers or lifts the pen.",
  hint: "Draw here",
  undo: "Undo",
  clear: "Clear",
  choose: "Choose an image",
  photo: "Choose, paste or drop an image",
  loading: "Loading the model: {percent}",
  failed: "The model could not be loaded.",
  retry: "Try again",
  answers: "Probability of each answer",
  picture: "What the model sees",
} as const;

/** The English words that the first prediction does not need. */
export const LATER = {
  tap: "Tap first",
  answer: "{label}, {percent}",
  alone: "{label}, nothing else comes close",
  then: "{label}, then {next}",
  often: "If it is a digit, it is right {right} times in {of}",
  recognized: "{right} in {of} images like this are recognised",
  unlike: "This does not look like anything I know",
  expired: "This may be out of date: it was to be renewed by {date}.",
  unreadable: "That image could not be read.",
  blank: "The pad is empty.",
  for: "For {label}",
  against: "Against {label}",
} as const;

export type Texts = Readonly<Record<keyof typeof ENGLISH | keyof typeof LATER, string>>;
