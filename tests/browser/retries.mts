// Tells why a test needed its second try: Vitest itself only says that it did.
import type { Reporter, TestCase } from "vitest/node";

export const retries: Reporter = {
  onTestCaseResult(test: TestCase) {
    const { state, errors } = test.result();
    if (state !== "passed" || !errors?.length) return;
    const reasons = errors.map(({ message, stack, diff }) => [stack ?? message, diff].join("\n"));
    console.warn(`Passed in the second try: ${test.fullName}\n${reasons.join("\n")}`);
  },
};
