// The page's words in English that its first view needs: they come with the page. The others are in
// en.ts.
import { withArticle } from "../articles.ts";
import type { ModelErrorCode } from "../../runtime/errors.ts";

type Failures = Readonly<
  Record<ModelErrorCode | "other", readonly [title: string, advice: string]>
>;
const REPORT = "If that does not help, please tell the maintainer of this site.";

export const first = {
  /** How dates are written, and in numbers the decimal sign and what groups thousands. */
  dates: "en-GB",
  decimal: ".",
  thousands: ",",

  // The page about itself, and its frame.
  page: {
    nav: "Sections of this page",
    pages: "Pages of this site",
    onward: "More about this model",
    try: "Try",
    skip: "Skip to the drawing pad",
    /** In the navigation: sections and pages. */
    sections: {
      start: "Start",
      draw: "Draw",
      gets: "What it gets",
      votes: "Ink × weights",
      percent: "Percentages",
      mind: "Its mind",
      learning: "Learning",
      doubt: "Doubt",
      quality: "How good",
      own: "Your own",
      embed: "Use it",
    },
    /** Titles of the pages beside index.html. */
    titles: { quality: "How good is it?", own: "Your own classes", embed: "Put it on your page" },
    leads: {
      quality:
        "How often it is right, on images and drawings that it has never seen; what it mistakes for what; and what a model must " +
        "pass before it is published.",
      own:
        "Let it learn what you draw: name two to ten things, draw a few of each, and the same sum learns them, here in your " +
        "browser. Nothing leaves this page.",
      embed:
        "One script and one element let your readers draw. Their drawings stay on their device.",
    },
    /** The prompt; null where the model has no noun. The same in pipeline/site/page_words.py. */
    draw: (noun: string | null) => (noun === null ? "Draw" : `Draw ${withArticle(noun)}`),
    drawWith: (noun: string | null) =>
      `${noun === null ? "Draw" : `Draw ${withArticle(noun)}`} with a finger, pen or mouse.`,
    choose: "Choose a picture",
    headline: (numbers: string) => `${numbers} numbers read your handwriting`,
    apart: "The answer comes while you draw. Then take it apart, stop by stop.",
    seeWhy: (numbers: string) => `See how ${numbers} numbers read it.`,
    seeAnswer: "See how a model reads it while you draw.",
    seePhoto: "See what a model makes of it.",
    accuracy: (share: string, images: string, low: string, high: string) =>
      `Right on ${share}\u00a0% of ${images} test images. Its true accuracy is probably ${low} to ${high}\u00a0%.`,
    reads: (share: string, images: string, drawn: string) =>
      `Right on ${share}\u00a0% of ${images} test images, and on ${drawn}\u00a0% of people’s drawings.`,
    private: "Nothing leaves this page.",
    /** Why drawings on the page are not like the images that the accuracy is about. */
    unlikeForms: "Drawing on a screen is different from writing on the forms of the test set",
    unlikeDrawings: "Drawings on a screen are different from the images of the test set",
    unlikePhotos: "Your own pictures are different from the images of the test set",
    unloaded: "This part of the page could not be loaded. Check your connection.",
    reload: "Reload the page",
    model: "Model",
    pickModel: "choose one",
    // In quality.html.
    record: {
      title: "This model",
      name: "name",
      version: "version",
      created: "created",
      card: "model card",
    },
  },

  // Errors, and the advice for each.
  failures: {
    page: {
      network: ["The model could not be loaded", `Check your connection and try again. ${REPORT}`],
      integrity: [
        "The model’s files are damaged",
        `They differ from what was published, so nothing was run. Try again. ${REPORT}`,
      ],
      manifest: ["The model’s description is damaged", `Nothing was run. Try again. ${REPORT}`],
      unsupported: [
        "This page cannot run that model",
        "Choose another model, or tell the maintainer of this site.",
      ],
      input: [
        "This input does not fit the model",
        `Clear the pad or choose another model, and try again. ${REPORT}`,
      ],
      aborted: ["The download was stopped", "Try again."],
      other: ["Something went wrong on this page", `Try again, or reload the page. ${REPORT}`],
    } satisfies Failures,
    unknownModel: {
      title: "This model is not published here",
      advice: "Choose one below the pad.",
    },
    /** Advice for a part of the page that needs a file. */
    part: {
      network: "Check your connection and try again.",
      integrity: "It differs from what was published, so it is not shown. Try again.",
      unsupported: "Another browser may be able to show it.",
      other: "Try again, or reload the page.",
    },
    /** @param what With its article. */
    loading: (what: string) => `Loading ${what}…`,
    notLoaded: (what: string) =>
      `${what.charAt(0).toUpperCase()}${what.slice(1)} could not be loaded.`,
  },

  draw: {
    title: "Your drawing and the answer",
    pad: "Draw here with a finger, pen, mouse or keyboard",
    padRole: "drawing pad",
    hint: "Draw here, large or small",
    yourTurn: "Your turn: draw here",
    keys: "Arrow keys move, Space lowers and lifts the pen, Delete clears.",
    /** Where the keyboard's pen is, for screen readers. */
    place: (row: number, column: number, isDown: boolean) =>
      `Row ${row}, column ${column}${isDown ? ", drawing" : ""}`,
    grow: "Draw here",
    undo: "Undo",
    clear: "Clear",
    image: "Image",
    fromDevice: " from this device",
    ask: "Wrong?",
    askMore: "What did you draw?",
    bars: "Probability of each answer",
    download: "Model download",
    loading: "Loading the model…",
    loadingOf: (size: string) => `Loading the model, ${size}…`,
    retry: "Try again",
    details: "Details",

    oneOfThese: "Draw one of these",
    choose: "Choose an image",
    nothingElse: "nothing else comes close",
    then: (label: string, share: string) => `then ${label}, ${share}`,
    empty: "The pad is empty.",
    right: "Right.",
    wrong: "Wrong.",

    /** On a button; null where nobody said what is drawn. */
    testOne: (noun: string | null) => `Test ${noun ?? "image"}`,
    testImage: (index: number, label: string) => `Test image ${index}, ${withArticle(label)}`,
    testRemoved: "The test image was removed: this model was trained on other data.",
    testsUnloaded: "The test images could not be loaded. Check your connection and try again.",
    testMissing: (index: number) => `This model does not include test image ${index}.`,
    testUnloaded: (index: number) =>
      `Test image ${index} could not be loaded. Check your connection and reload the page.`,
    unreadable: "The address contains a drawing that this page cannot read. It was ignored.",
    tooLong: "This drawing is too long for an address, so a link or a reload will not restore it.",
    noInk:
      "Nothing in this image stands out from its background, so there is nothing to recognise.",
    thatFile: "that file",
    named: (name: string) => `“${name}”`,
    notAnImage: (file: string) =>
      `This browser cannot read ${file} as an image. Try a PNG or JPEG file.`,
  },
};
