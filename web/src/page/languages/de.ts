// The page's words in German. See en.ts.
import type { Words } from "../language.ts";

export const de: Words = {
  name: "Deutsch",
  numbers: "de-DE",
  decimal: ",",

  page: {},

  // What several panels say.
  common: {
    moreThan: (text: string) => `mehr als ${text}`,
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
