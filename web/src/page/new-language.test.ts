// A language more is one file: here it is made up, in a copy of the sources.
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "vite";
import { expect, test } from "vitest";
import type * as FormatModule from "./format.ts";
import type * as LanguageModule from "./language.ts";

const MADE_UP = `
import type { Words } from "../language.ts";
import { en } from "./en.ts";
export const qps: Words = { ...en, name: "Made up", numbers: "fr-FR", decimal: "," };
`;

test("a file in languages/ is a language of the page", async () => {
  const folder = await mkdtemp(join(tmpdir(), "language-"));
  try {
    await cp(join(import.meta.dirname, ".."), folder, { recursive: true });
    await symlink(join(import.meta.dirname, "../../node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "page/languages/qps.ts"), MADE_UP);
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: "error",
      server: { middlewareMode: true, ws: false },
    });
    try {
      // As the page does, of which this is another copy.
      const language = (await server.ssrLoadModule("/page/language.ts")) as typeof LanguageModule;
      const format = (await server.ssrLoadModule("/page/format.ts")) as typeof FormatModule;
      expect(language.LANGUAGES).toEqual(["en", "de", "qps"]);
      expect(language.say.name).toBe("English");
      expect(await language.chooseLanguage("?lang=qps", ["de"])).toBe("qps");
      expect(language.say.name).toBe("Made up");
      expect([format.percent(0.5), format.whole(7850)]).toEqual(["50,0\u00a0%", "7\u202f850"]);
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
