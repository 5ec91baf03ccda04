// After the modules for other people's pages were built: the same once more, each under a name that changes with its content.
// A page that uses one of these, with its integrity hash from integrity.json, runs exactly that code for ever.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SITE } from "./tfjs-plugin.mjs";

const MODULES = ["embed", "load", "frame"];

const pinned = {};
for (const name of MODULES) {
  // What they import by their hashed names then lies beside them.
  const code = (await readFile(join(SITE, `${name}.js`), "utf8")).replaceAll('"./assets/', '"./');
  if (code.includes("assets/")) {
    throw new Error(`${name}.js may name assets/ only in what it imports, as "./assets/…". Received: another use.`);
  }
  const hash = createHash("sha384").update(code).digest();
  const path = `assets/${name}-${hash.toString("hex").slice(0, 16)}.js`;
  await writeFile(join(SITE, path), code);
  pinned[`${name}.js`] = { path, integrity: `sha384-${hash.toString("base64")}` };
}
await writeFile(join(SITE, "integrity.json"), `${JSON.stringify(pinned, null, 2)}\n`);
