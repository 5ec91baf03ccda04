// What the page says when something fails: a title and advice for the visitor, the error's own words for whoever runs it.
import { ModelError, type ModelErrorCode } from "../runtime/errors.ts";
import type { Status } from "./state.ts";

const TELL = "If that does not help, tell whoever runs this site.";

const TEXTS: Readonly<Record<ModelErrorCode | "other", readonly [title: string, advice: string]>> = {
  network: ["The model could not be loaded", `Check your connection and try again. ${TELL}`],
  integrity: [
    "The model’s files are damaged",
    `They are not the ones that were published, so nothing was run. Try again. ${TELL}`,
  ],
  manifest: ["The model’s description is damaged", `Nothing was run. Try again. ${TELL}`],
  unsupported: ["This page cannot run that model", "Choose another one, or tell whoever runs this site."],
  input: ["That does not fit this model", `Clear the pad or choose another model, and try again. ${TELL}`],
  aborted: ["The download was stopped", "Try again."],
  other: ["Something in this page went wrong", `Try again, or load the page anew. ${TELL}`],
};

export function failure(error: unknown): Status {
  const [title, advice] = TEXTS[error instanceof ModelError ? error.code : "other"];
  return { kind: "failed", title, advice, detail: error instanceof Error ? error.message : String(error) };
}

/** The address names a model that this site does not have. */
export function unknownModel(name: string, known: readonly string[]): Status {
  const detail = `The address asks for “${name}”. Published here: ${known.join(", ")}.`;
  return { kind: "failed", title: "There is no such model here", advice: "Choose one at the top of the page.", detail };
}
