// The gates: conditions for publishing this version.
import { create } from "../dom.ts";
import { percent } from "../format.ts";
import { scroller, table } from "../tables.ts";
import { part, type Part } from "./part.ts";

/** Shown as a sign and a word, never by colour alone. */
export function outcome(passed: boolean): HTMLElement {
  return create("span", passed ? "passed" : "failed", passed ? "✓\u00a0passed" : "✗\u00a0failed");
}

export const gates: Part = ({ manifest }) => {
  if (!manifest.gates || manifest.gates.length === 0) return null;
  const share = (value: number | null) => (value === null ? "–" : percent(value, 2));
  const rows = manifest.gates.map(({ name, value, limit, passed, detail }) => [
    create("span", "", name, create("small", "", detail)),
    share(value),
    share(limit),
    passed && value === null ? "nothing to compare with" : outcome(passed),
  ]);
  return part(
    "Conditions for publishing",
    "half",
    create("p", "explains", "A model that fails one of these is not published: the version online stays."),
    scroller("Conditions for publishing", table("Gates", ["Gate", "Reached", "Required", "Result"], rows)),
  );
};
