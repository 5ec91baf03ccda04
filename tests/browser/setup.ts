// Checks the site that all files share, and gives them a temporary folder that is removed at the end.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default async function setup(): Promise<() => Promise<void>> {
  const site = (process.env["SITE_DIR"] ??= join(import.meta.dirname, "../../site"));
  if (!existsSync(join(site, "index.html"))) {
    throw new Error(`SITE_DIR must be a published site. Received: ${site}. Run “make build”, or set SITE_DIR.`);
  }
  const temporary = (process.env["TMPDIR"] = await mkdtemp(join(tmpdir(), "browsers-")));
  return () => rm(temporary, { recursive: true, force: true, maxRetries: 5 }); // a browser may just be writing
}
