// The examples of docs/embedding.md, which tests run as they are printed there.
import { readFileSync } from "node:fs";

const PAGE = readFileSync(new URL("../../../docs/embedding.md", import.meta.url), "utf8");
const [, SECTION = ""] = /\n## Examples\n([^]*?)\n## /.exec(PAGE) ?? [];

/** Code by its heading, then by its language. */
export const EXAMPLES = new Map(
  SECTION.split("\n### ").map((section) => {
    const blocks = section.matchAll(/^```(\w+)\n([^]*?)^```$/gm);
    const codes = Array.from(blocks, ([, language, code]) => [language!, code!] as const);
    return [section.split("\n")[0]!, Object.fromEntries(codes)] as const;
  }),
);

/** @param heading Such as "React". */
export function exampleOf(heading: string, language: string): string {
  const code = EXAMPLES.get(heading)?.[language];
  if (code === undefined)
    throw new Error(
      `docs/embedding.md must have ${language} below “${heading}”, in its Examples. Received: none.`,
    );
  return code;
}
