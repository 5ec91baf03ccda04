// Expectations of tests for an error of the runtime.
import { expect } from "vitest";
import type { ModelError, ModelErrorCode } from "../runtime/errors.ts";

/** A ModelError with this code, whose message contains these words. */
export const refusal = (code: ModelErrorCode, message = ""): ModelError =>
  expect.objectContaining({
    name: "ModelError",
    code,
    message: expect.stringContaining(message) as string,
  }) as ModelError;
