// The gates: conditions for publishing this version.
import { create } from "../dom.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import { scroller, table } from "../tables.ts";
import type { Part } from "./part.ts";

/** Shown as a sign and a word, never by colour alone. */
export function outcome(passed: boolean): HTMLElement {
  return create(
    "span",
    passed ? "passed" : "failed",
    passed ? `✓\u00a0${say.quality.passed}` : `✗\u00a0${say.quality.failed}`,
  );
}

export const gates: Part = ({ manifest }) => {
  if (!manifest.gates || manifest.gates.length === 0) return null;
  const words = say.quality.gates;
  const share = (value: number | null) => (value === null ? "–" : percent(value, 2));
  const rows = manifest.gates.map(({ name, value, limit, passed, detail }) => {
    const why = create("small", "", `${name}: ${detail}`);
    why.lang = "en"; // as the pipeline wrote it into the manifest
    const gate = create("span", "gate", words.nameOf(name), why);
    return [
      gate,
      share(value),
      share(limit),
      value === null ? words.unmeasured : outcome(passed === true),
    ];
  });
  return [
    create("p", "explains", words.explains),
    scroller(words.title, table(words.caption, words.columns, rows)),
  ];
};
