// The places in HTML that name words of the catalogue: `data-say` is for the text of an element,
// the others are for attributes. No DOM: when the pages are built, they get the English words.

/** The attributes that `data-label` and the like fill. */
export const ATTRIBUTES = {
  label: "aria-label",
  role: "aria-roledescription",
  content: "content",
} as const;

/** The text with that path in the catalogue, such as "draw.undo". */
export function textAt(path: string, catalogue: object): string {
  const text = path
    .split(".")
    .reduce<unknown>((words, key) => (words as Record<string, unknown>)[key], catalogue);
  if (typeof text === "string") return text;
  throw new Error(
    `data-say must name a text of the catalogue. Received: ${path}. Add it to languages/, or correct it.`,
  );
}
