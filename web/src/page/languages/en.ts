// The page's words in English; every other language has the same keys. A part of the page has an
// entry of its own. Words that depend on something are functions. `{name}` in a sentence is a place
// where the page puts an element (rich, in dom.ts). What is shown before any panel is in
// en-first.ts.
import { withArticle } from "../articles.ts";
import { first } from "./en-first.ts";

/** 2 → "2nd". */
const ordinal = (number: number) => {
  const last = Math.floor(number / 10) % 10 === 1 ? 0 : number % 10;
  return `${number}${["th", "st", "nd", "rd"][last] ?? "th"}`;
};

/** As the pipeline names the gates; the manifest's own words stand beside them. */
const GATES: Readonly<Record<string, string>> = {
  "test accuracy": "test images read right",
  "class recall": "of the answer that it reads worst",
  drawings: "people’s drawings read right",
  "signs flagged": "letters and shapes that get a “?”",
  "drawings unflagged": "correctly read digits without a “?”",
  baseline: "as good as the version before",
  validation: "images kept out of training read right",
  "undisputed labels": "labels that it does not doubt",
  "distinct test images": "test images that were not trained on",
  "same labels": "same answers as before",
  "label overlap": "same mix of answers as before",
  "pixel overlap": "images that look as before",
};

export const en = {
  ...first,

  // From the hand to the model's input.
  gets: {
    title: "It never sees your strokes",
    lead: "All it gets is numbers: the ink in each square of a small grid, from 0 for paper to 1 for ink. Large or small, bold or thin, straight or leaning: a few steps first make all drawings alike.",
    try: "Turn a step off. What changes?",
    photo: {
      title: "From your picture to numbers",
      lead: "All it gets is numbers: how bright each point of a small grid is. A few steps bring pictures of any size and shape to that form first.",
    },
    testImage: "An image of the data set: only the last steps apply to it.",
    changed: "Its pixels were changed after the preparation, so there are no steps to show.",
    picture: (title: string, size: string | null) =>
      `${title}: ${size === null ? "nothing yet" : `${size} pixels`}`,
    off: "if off:",
    on: "if on:",
    nothing: "nothing",
    switched: (answer: string) => `As switched, it reads: ${answer}.`,
    result: "What the model gets",
    windowKeys: "Window on the picture. Arrow keys move it.",
    some: (count: string, all: string, squares: string) =>
      `${count} of ${all} numbers, one for each of ${squares} squares.`,
    place: (rows: readonly number[], columns: readonly number[]) =>
      `Rows ${rows.join("–")}, columns ${columns.join("–")}.`,
    numbers: "The numbers in the window",
    resized: { title: "Size", does: "one size for all" },
    steps: {
      ink: { title: "Ink", does: "as you drew it" },
      grey: { title: "Grey", does: "black 0, white 1" },
      rgb: { title: "Colours", does: "red, green, blue" },
      fit: { title: "Crop", does: "cut to the ink" },
      stroke: { title: "Pen", does: "a standard pen" },
      center: { title: "Centre", does: "centred" },
      cover: { title: "Cut", does: "the middle of it" },
      contain: { title: "Fit", does: "all of it, padded" },
      stretch: { title: "Stretch", does: "to the grid’s shape" },
      invert: { title: "Invert", does: "bright for dark" },
      deskew: { title: "Upright", does: "straightened" },
      align: { title: "Upright", does: "straightened" },
      scale: { title: "Scale", does: "larger numbers" },
      normalize: { title: "Level", does: "around 0" },
      bgr: { title: "Order", does: "blue, green, red" },
    },
  },

  // "Wrong? What did you draw?"
  wrong: {
    right: "That is what it reads, too.",
    step: (step: string, label: string) => `“${step}” cost you the ${label}.`,
    without: (step: string) => `without “${step}”`,
    with: "with it",
    seeStep: "See that step",
    ink: "Blue ink speaks for {right}, orange for {answer}.",
    seeMind: "See what separates them",
    unlearned: "It does not learn from this.",
    rare: (label: string) => `It has learned from no ${label} written like this.`,
    seeDoubt: "When not to believe it",
  },

  votes: {
    title: "Every pixel votes, for or against",
    lead: "Each answer has one weight per pixel. Ink times weight is a vote: for or against. Add up the votes and one constant, the bias, and you have the answer’s score. These sums are the whole model.",
    leadWays:
      "Each answer has several rows of weights. Ink times weight is a vote: for or against. Add up a row’s votes and one constant, the bias, and you have its score. Together, an answer’s rows make its percentage.",
    try: "Touch a pixel to see its vote. Choose another answer.",
    choices: "Answer to show",
    ink: "ink",
    weights: (label: string) => `weights for ${label}`,
    votes: "votes",
    inkName: "The ink that the model gets",
    votesName: (label: string) => `Votes for and against ${label}`,
    picture: "picture",
    keys: "Arrow keys move from pixel to pixel.",
    pixel: (row: number, column: number, ink: string, weight: string, vote: string) =>
      `Row ${row}, column ${column}: ink ${ink} × weight ${weight} = vote ${vote}`,
    sum: "{plus} − {minus}{bias} = score {score}",
    for: (votes: string) => `${votes} for`,
    against: (votes: string) => `${votes} against`,
    bias: (bias: string) => `${bias} bias`,
    again: "Play again",
    count: (answers: string, weights: string, numbers: string) =>
      `${answers} answers × (${weights} weights + 1 bias) = ${numbers} numbers. You have seen them all.`,
    way: (label: string, way: number) => `${label} (${ordinal(way)} way)`,
    ways: (label: string) =>
      `Each row learned a way of writing ${label}. Above: the one that fits best.`,
  },

  percent: {
    title: "Only the gaps count",
    lead: "Scores become percentages. Each score grows into a bar: one extra point makes the bar 2.72 times as tall. End to end, each bar’s slice is its percentage. Raise all scores equally: no percentage changes.",
    try: "Make it close, then drag a score.",
    height: "height",
    score: "score",
    scoreOf: (label: string) => `Score of ${label}`,
    ahead: (ours: string, points: string, theirs: string) =>
      `${ours} is ${points} points ahead of ${theirs}:`,
    taller: (times: string) => `about ${times} times as tall`,
    blank: "Even blank paper gets scores: the biases.",
    close: "Make it close",
    moved: (label: string, share: string) =>
      `With these scores, the answer would be ${label}, ${share}.`,
    lift: "Add 1 to every score",
    lifted: "Every bar 2.72 times as tall, and the scale with them: no slice changes.",
    reset: "Reset",
  },

  learning: {
    title: "It learned from its errors",
    lead: "At first all weights are 0: every answer gets the same percentage. Then, a few images a step: compare the percentages with the truth, multiply each error by the ink, and add a little of the result to the weights.",
    try: "Press Train and watch the weights form.",
    step: (steps: string, count: number) => (count === 1 ? "step 1" : `step ${steps}`),
    trained: "trained",
    weights: (label: string, when: string) => `Weights for ${label}, ${when}`,
    curve: (from: string, to: string, steps: string) =>
      `Share of unseen images that it reads right: from ${from} to ${to} after ${steps} steps`,
    curveNote: (label: string, images: string, isOwn: boolean) =>
      `${isOwn ? "Your weights" : "Weights"} for ${label}; a step is ${images} images. Line: share of new images it gets right.`,
    unloaded: "The weights of its training could not be loaded.",
    whatIf: "What if it were …?",
    says: (label: string, share: string) => `It says ${label}, ${share}.`,
    teach: "Take steps until it agrees",
    taught: (steps: string, label: string, share: string) =>
      `After ${steps} ${steps === "1" ? "step" : "steps"} it says ${label}, ${share}.`,
    believes: "It believes what it is told. The rest of the page keeps its model.",
    empty: "Draw something, and see here what one step changes.",
    error: (share: string) => `error: 1\u00a0−\u00a0${share}`,
    ink: "your ink",
    rises: (label: string, error: string) => `${label} rises\n×\u00a0${error}`,
    falls: (label: string, error: string) => `${label} falls\n×\u00a0${error}`,
    trainTitle: "Train one yourself",
    invitation: (size: string) =>
      `From nothing, in three seconds, here in your browser. Fetches ${size} of images.`,
    train: "Train",
    back: "Back",
    fetching: "Fetching images…",
    training: "Training…",
    failed: "The training stopped.",
    done: (share: string, images: string) => `Yours gets ${share} of ${images} new images right.`,
    answer: (label: string, share: string) =>
      `It reads your drawing as ${label}, ${share}. The rest of the page keeps its model.`,
  },

  doubt: {
    title: "It answers anything",
    lead: "Draw an umbrella and it still answers, often sure of itself. Percentages must add up to 100, so something always wins.",
    rule: "So a second, small network says whether a drawing is like anything it learned. If not, you get a “?”.",
    try: "Draw nonsense. Can you fool it?",
    file: "what tells when to doubt",
    things: { umbrella: "Umbrella", a: "Letter A", house: "House" },
    claims: (label: string, share: string) => `The model: ${label},\u00a0${share}`,
    fool: {
      title: "Fool it in three",
      /** @param kind "a digit", as `quality.kind` says it. */
      first: (kind: string) =>
        `Draw something that is not ${kind}, and press. Three that get no “?” are a card to send on.`,
      button: (kind: string) => `This is not ${kind}`,
      count: (count: number, of: number) => `${count} of ${of} got past it.`,
      noticed: "It noticed: “?”. Try another one.",
      link: "Your three, as a link",
    },
    share: (flagged: string, images: string) => `${flagged} of ${images}`,
    strange: "{count} printed letters and simple shapes get a “?”; the others pass as digits",
    right: "{count} correctly read digits get a “?” as well",
    misread: (wrong: string, drawings: string) =>
      `It misread ${wrong} of ${drawings} drawings by people whose writing it had never seen. ({source})`,
    taken: (label: string, predicted: string) => `${label}, read as ${predicted}`,
  },

  // The panel of changed pixels.
  mind: {
    title: "A few pixels change its mind",
    counted: (count: number) =>
      count === 1 ? "1 pixel changes its mind" : `${count} pixels change its mind`,
    lead: "Take the votes for the answer, subtract those for another answer, and you see what separates the two. Most pixels hardly matter; a few decide.",
    try: "Erase the marked ones, or rub out your own.",
    empty: "Draw something, and see here how few pixels decide.",
    gridName: "What the model sees. Arrow keys move from pixel to pixel, Space erases one.",
    place: (row: string, column: string, ink: string) =>
      `Row ${row}, column ${column}: ink ${ink}.`,
    moves: (ours: string, theirs: string, gain: string) =>
      `Erased, it moves ${ours} by ${gain} against ${theirs}.`,
    nothing: "There is nothing to erase.",
    flips: (count: number, label: string, how: "marked" | "erased") =>
      `Without ${count === 1 ? `the ${how} pixel` : `the ${count} ${how} pixels`}, it reads ${label}.`,
    fewest: (label: string) => `No fewer can make it ${withArticle(label)}.`,
    impossible: (label: string) => `No way was found to make it ${label} by erasing.`,
    why: (answer: string, goal: string) => `Why ${answer} and not ${goal}`,
    votes: (answer: string, goal: string) => `Votes for ${answer} minus votes for ${goal}`,
    says: (label: string) => `{colour} says ${label}.`,
    blue: "Blue",
    orange: "Orange",
    erase: (count: number) =>
      count === 0 ? "Erase" : count === 1 ? "Erase 1 pixel" : `Erase ${count} pixels`,
    caption: (base: string | null, count: number) =>
      `${base ?? "This drawing"}, ${count === 1 ? "1 pixel" : `${count} pixels`} changed`,
  },

  quality: {
    withheld:
      "The owner of this model publishes no pictures of its data. So there is no test image to try here, and no training.",
    evaluation: "the evaluation",
    passed: "passed",
    failed: "failed",
    to: (low: string, high: string) => `${low}\u00a0to\u00a0${high}`,
    /** The model’s subject; `noun` is the manifest’s. */
    kind: (noun: string | null) => (noun === null ? "any of them" : withArticle(noun)),
    closest: (label: string, kind: string): readonly [string, string] => [
      `Closest to ${label},`,
      `but it doesn’t look like ${kind}.`,
    ],
    often: (right: string, of: string) => `If it is a digit, it is right ${right} times in ${of}.`,
    recognized: (right: string, of: string) =>
      `Of images like this, ${right} in ${of} are recognised.`,
    summary: {
      title: "On test images",
      trained: (training: string, images: string) =>
        `The model was trained on ${training} images, then tested on ${images} others that it had never seen.`,
      helped: (drawn: string) =>
        `Of the training images, ${drawn} come from people’s pens on a screen; the test images are all MNIST’s.`,
      tested: (images: string) => `The model was tested on ${images} images.`,
      interval: "Its true accuracy is probably within the interval (Wilson’s, 95\u00a0%).",
      measured: (images: string) => `Measured on ${images} test images`,
      correct: "correct",
      accuracy: "accuracy",
      range: "95\u00a0% interval",
      download: "download",
    },
    drawings: {
      title: "On drawings",
      source: (drawings: string, writers: string) =>
        `It also read ${drawings} digits that ${writers} people wrote with pens on a screen. It had seen none of theirs.`,
      surer: (right: string, said: string) =>
        `It was right ${right} of the time, and on average claimed ${said}: it is surer of drawings than it should be.`,
      fair: (right: string, said: string) =>
        `It was right ${right} of the time, and on average claimed ${said}: its confidence is about right.`,
      humbler: (right: string, said: string) =>
        `It was right ${right} of the time, and on average claimed ${said}: it is less sure than it could be.`,
      confidence: (drawings: string, points: string) =>
        `What the pad says of digits like yours (“right 9 times in 10”) was set with other people’s digits, and claims too ` +
        `little rather than too much. On these ${drawings} digits it is off by ${points} percentage points on average.`,
      measured: (drawings: string) => `Measured on ${drawings} drawings`,
      said: "said, on average",
    },
    matrix: {
      title: "Confusion matrix",
      corner: "true ↓ predicted →",
      caption:
        "How many test images of each true class (rows) were predicted as each class (columns)",
      taken: (label: string, predicted: string) => `${label} taken for ${predicted}`,
      frequent: "Most frequent mistakes",
      explains: (total: string) =>
        `${total} of the test images ${total === "1" ? "was" : "were"} misclassified. Right answers are on the diagonal.`,
      choose: "Choose one to see its images.",
      found: (count: number, images: string, taken: string) =>
        `${count === 1 ? "1 test image" : `${images} test images`}: ${taken}`,
    },
    gallery: {
      images: (size: string) => `the images (${size})`,
      hint: "The predicted class, and how sure the model was. Press an image to put it on the pad.",
      send: (answer: string, image: string) => `${answer}: put on the pad: ${image}`,
      missing: (count: string) => `There were ${count} more, whose images are not stored here.`,
    },
    gates: {
      title: "Conditions for publishing",
      unmeasured: "not measured",
      explains: "A model that fails one of these is not published: the version online stays.",
      caption: "Conditions",
      nameOf: (gate: string) => GATES[gate] ?? gate,
      columns: ["Condition", "Reached", "Required", "Result"],
    },
    formats: {
      title: "The formats",
      caption: "Each format, run by each runtime, compared with Keras",
      columns: [
        "Format",
        "Size",
        "Run by",
        "Accuracy",
        "Same answer",
        "Largest difference",
        "Limit",
        "Result",
      ],
      here: "downloaded by this page",
      runtimes: {
        tfjs: "TensorFlow.js",
        dense: "this page",
        onnxruntime: "onnxruntime",
        LiteRT: "LiteRT",
      },
      all: "all",
      compared: (samples: string, version: string) =>
        `Before publishing, every format was run on ${samples} test images, with unmodified TensorFlow.js ${version} and, where ` +
        "possible, with the code of this page, and compared with Keras. Smaller formats round the weights: a higher limit.",
      notCompared: "These formats were not compared with Keras.",
      checks: "The model checks itself on your device:",
      checked: (agreed: string, count: string) => `${agreed} of ${count} answers are Keras’.`,
    },
  },

  // The visitor's own classes, in own.html.
  own: {
    names: ["house", "tree", "sun", "fish", "star", "boat", "cup", "key", "cloud", "bird"],
    drawings: "This page is for models that read drawings. The one here reads none.",
    question: "What is it? Press + below its name: the drawing becomes an example of it.",
    drawFirst: "The pad is empty. Draw something first.",
    added: (name: string, count: number) =>
      count === 1 ? `${name} has its first drawing.` : `${name} has ${count} drawings now.`,
    reads: (name: string, share: string) => `It reads this as ${name}, ${share}.`,
    list: {
      name: (number: number) => `Name of class ${number}`,
      add: (name: string) => `${name}: add this drawing`,
      none: "No drawing yet.",
      noWeights: (name: string) => `Weights of ${name}: nothing learned yet`,
      weights: (name: string) =>
        `Weights of ${name}: blue where ink counts for it, orange where it counts against it`,
      removeClass: (name: string) => `Remove ${name} and its drawings`,
      removeExample: (number: number, name: string) => `Remove drawing ${number} of ${name}`,
    },
    removed: "Removed. “Undo change” brings it back.",
    addClass: "New class",
    undo: "Undo change",
    undone: "Undone.",
    learnFirst: "Once two classes have a drawing, it learns them at once.",
    learned: (count: number, ms: string) =>
      `Learned from ${count} drawings in ${ms}\u00a0ms. Its weights are the pictures beside the names: ink on blue counts for ` +
      "the name, on orange against it. Whatever you draw, it can only answer with one of your names.",
    kept: "Your drawings stay in this tab until you close it. A reload keeps them.",
    notKept:
      "This browser does not let the page keep your drawings: a reload or closing the tab loses them.",
    linked: "These classes came with the link. “Undo change” brings back what was here.",
    unreadable: "There are classes here that this page cannot read. They were ignored.",
    take: {
      title: "Take it along",
      link: "A link",
      linkNote:
        "Names and drawings are in the address itself, after #, which no browser sends to a server.",
      model: "On your page",
      modelNote:
        "The archive holds the model, as TensorFlow.js files with a manifest. Unpack it beside your page, on a web server.",
      saveModel: "Download the model (.zip)",
    },
  },

  // The pad of embed.html, and its knobs.
  tryOut: {
    title: "Try it",
    lead: "Draw, turn the knobs, and copy the code below: it makes this very pad.",
    explain: "Explain the answer",
    own: "the page’s own",
    theme: "Theme",
    light: "light",
    dark: "dark",
    language: "Language",
    labels: "Labels",
  },

  use: {
    thing: "drawing pad",
    photoThing: "image classifier",
    code: "Code to copy",
    downloads: "Downloads",
    copy: {
      button: "Copy",
      of: (title: string) => `Copy: ${title}`,
      done: "Copied.",
      selected: "Selected. Copy it with your keyboard or the context menu.",
    },
    // Where the lines to copy lead. Code stands between backticks.
    notThereYet: (base: string) =>
      `The lines below name \`${base}\`, where this site is to be hosted. They work once it is there.`,
    onlyHere: (base: string) =>
      `The lines below name \`${base}\`, which only this computer can reach: to try them here, start \`pipeline serve --cors\`. ` +
      "For your page, replace it with the address where you host this site. Or publish with `pipeline build --base-url https://example.org/site/`: then they name that address.",
    // Ways of using the model.
    pad: {
      title: "A drawing pad, pinned",
      note:
        "The content between its tags is shown until the model has loaded, and if it cannot be loaded. The style keeps its " +
        "place, so that nothing on your page moves when it arrives.",
      pinned: "Whatever happens to this site, your page runs this code and this model, or neither.",
    },
    latest: { title: "Always the latest version" },
    frame: {
      title: "In a frame",
      note:
        "For editors that do not allow scripts: the frame works without one, at a fixed height. With the script it fits its " +
        "content. It shows the current version. While this site is down, browsers show an error or nothing in the frame: " +
        "the line below it tells readers what is missing.",
    },
    pinned: {
      title: "In a frame, pinned",
      note: "The frame’s content is in your own page, and has no access to it.",
      pinned: "It runs this code and this model, or neither.",
    },
    load: {
      title: "Your own canvas or image",
      note: "It checks every file, prepares the drawing as this page does, and takes a canvas, image, Blob or pixels.",
      pinned:
        "The import map and the script are both needed: each holds where a browser ignores the other.",
    },
    bundler: {
      title: "With a bundler",
      note:
        "Build the package with “make package” and install the file: “npm install ./dist/sketch-classifier-….tgz”. It is not " +
        "in a registry.",
    },
    tfjs: { title: "With plain TensorFlow.js" },
    graph: { title: "As a graph model" },
    keras: { title: "In Python, with Keras" },
    pinsCodeAlone:
      "This pins the code alone: the manifest’s hash could not be computed here. Over https it can.",
    // Inside the code.
    belongs: (thing: string) =>
      `The ${thing} belongs here. If it does not appear, it could not be loaded, or JavaScript is off.`,
    comesFrom: (thing: string, link: string) =>
      `The ${thing} comes from ${link}.\n  If it is missing, that site cannot be reached.`,
    yourImage: "your image, prepared",
    takes: (shape: string) =>
      `It takes a tensor of shape ${shape}. The manifest lists the steps by which an image becomes one.`,
    // Downloads.
    filesOf: "Files of this version",
    what: "What",
    which: "Files",
    format: (call: string, dtype: string) => `${call}, weights as ${dtype}`,
    files: {
      keras: { title: "Keras", purpose: "the trained model, for keras.saving.load_model" },
      evaluation: {
        title: "Evaluation",
        purpose: "every number in “How good it is”, with all mistakes",
      },
      history: { title: "Training history", purpose: "loss and accuracy after each epoch" },
      reference: {
        title: "Reference answers",
        purpose: "test images with Keras’ own probabilities, for testing other implementations",
      },
    },
    about: { title: "Description", purpose: "the model card, and the manifest with all digests" },
    // Whose work it is made from; empty where nobody said so.
    trainedOn: (data: string, makers: string, terms: string) =>
      `Trained on ${data}${makers && ` by ${makers}`}${terms && ` (${terms})`}.`,
    license: (license: string) => `The model’s licence is ${license}.`,
    rest: {
      title: "Where to find the rest",
      lead:
        "Your own colours and texts, other languages, forms, events, frames, React, Vue and Svelte, p5.js and notebooks, " +
        "passwords, signatures, Content-Security-Policy and headers, and every attribute, event, method and CSS part: all are " +
        "described, with examples, in the documentation of keras-web-pipeline, which made this site:",
    },
  },
};
