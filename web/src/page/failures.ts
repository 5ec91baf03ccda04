// Failure messages: a title and advice for the visitor, and the error's own message, in English,
// for the maintainer.
import { ModelError } from "../runtime/errors.ts";
import { say } from "./language.ts";
import type { Status } from "./state.ts";

export function failure(error: unknown): Status {
  const [title, advice] = say.failures.page[error instanceof ModelError ? error.code : "other"];
  return {
    kind: "failed",
    title,
    advice,
    detail: error instanceof Error ? error.message : String(error),
  };
}

/** The address names a model that is not published on this site. */
export function unknownModel(name: string, known: readonly string[]): Status {
  const detail = `?model= must name a published model: ${known.join(", ")}. Received: ${name}.`;
  return { kind: "failed", ...say.failures.unknownModel, detail };
}
