// The page's words in English; every other language has the same keys. A part of the page has an entry of its own. Words that
// depend on something are functions. `{name}` in a sentence is a place where the page puts an element (rich, in dom.ts).
export const en = {
  /** Of the language itself. */
  name: "English",
  /** How numbers are written, and their decimal sign. */
  numbers: "en-GB",
  decimal: ".",

  page: {},

  // What several panels say.
  common: {
    moreThan: (text: string) => `more than ${text}`,
  },

  draw: {},

  // From the hand to the model's input.
  hand: {},

  why: {},

  // What would change its mind.
  change: {},

  weights: {},

  // The training images behind an answer.
  images: {},

  learn: {},

  train: {},

  quality: {},

  // The visitor's own classes.
  own: {},

  use: {},

  tour: {},
};
