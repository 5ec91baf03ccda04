// Failure messages: a title and advice for the visitor, and the error's own message for the maintainer.
import { ModelError, type ModelErrorCode } from "../runtime/errors.ts";
import type { Status } from "./state.ts";

const REPORT = "If that does not help, please tell the maintainer of this site.";

const TEXTS: Readonly<Record<ModelErrorCode | "other", readonly [title: string, advice: string]>> = {
  network: ["The model could not be loaded", `Check your connection and try again. ${REPORT}`],
  integrity: [
    "The model’s files are damaged",
    `They differ from what was published, so nothing was run. Try again. ${REPORT}`,
  ],
  manifest: ["The model’s description is damaged", `Nothing was run. Try again. ${REPORT}`],
  unsupported: ["This page cannot run that model", "Choose another model, or tell the maintainer of this site."],
  input: ["This input does not fit the model", `Clear the pad or choose another model, and try again. ${REPORT}`],
  aborted: ["The download was stopped", "Try again."],
  other: ["Something went wrong on this page", `Try again, or reload the page. ${REPORT}`],
};

export function failure(error: unknown): Status {
  const [title, advice] = TEXTS[error instanceof ModelError ? error.code : "other"];
  return { kind: "failed", title, advice, detail: error instanceof Error ? error.message : String(error) };
}

/** The address names a model that is not published on this site. */
export function unknownModel(name: string, known: readonly string[]): Status {
  const detail = `?model= must name a published model: ${known.join(", ")}. Received: ${name}.`;
  return {
    kind: "failed",
    title: "This model is not published here",
    advice: "Choose one at the top of the page.",
    detail,
  };
}
