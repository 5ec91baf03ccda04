// Warnings in the console for the page's author, of attributes that cannot mean anything as they
// are written.
import type { FormHost } from "./host.ts";
import { LATER, type Texts } from "./texts.ts";

/**
 * Frameworks and scripts set attributes one after another. For so long an element that has gone is
 * held.
 */
const PATIENCE_MS = 1000;

/** The others are values only to have the compiler compare the keys. */
const KEYS: Readonly<Record<keyof Texts, unknown>> = {
  ...{
    pad: 0,
    hint: 0,
    undo: 0,
    clear: 0,
    choose: 0,
    photo: 0,
    loading: 0,
    failed: 0,
    retry: 0,
    answers: 0,
    picture: 0,
  },
  ...LATER,
};

function hasKnownKeys(json: string): boolean {
  try {
    return Object.keys(JSON.parse(json) as object).every((key) => key in KEYS);
  } catch {
    return false;
  }
}

/** Name, what must hold, and whether it does of a value that is not empty. */
const rulesFor = ({
  model,
}: FormHost): readonly (readonly [string, string, (value: string) => boolean])[] => [
  ["src", "name a latest.json or manifest.json", () => true],
  ["theme", "be auto, light or dark", (value) => /^(auto|light|dark)$/.test(value)],
  ["loading", "be lazy or eager", (value) => /^(lazy|eager)$/.test(value)],
  ["value-as", "be label or strokes", (value) => /^(label|strokes)$/.test(value)],
  [
    "labels",
    `be ${model?.labels.length}, separated by commas`,
    (value) => !model || value.split(",").length === model.labels.length,
  ],
  ["texts", 'be JSON like {"hint": "…"} with keys from docs/embedding.md', hasKnownKeys],
];

/** Return a function that has an element checked soon, and call it. Each warning is given once. */
export function warnOfAttributes(element: FormHost): () => void {
  const given = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const checkSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const [name, rule, holds] of rulesFor(element)) {
        const value = element.getAttribute(name) ?? "";
        const text = `<${element.localName}> ${name} must ${rule}. Received: ${JSON.stringify(value)}. Correct the attribute.`;
        if ((value ? holds(value) : name !== "src") || given.has(text)) continue;
        given.add(text);
        console.warn(text);
      }
    }, PATIENCE_MS);
  };
  checkSoon();
  return checkSoon;
}
