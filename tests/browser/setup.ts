// Starts what all files share: the server, and a folder that is removed at the end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    readonly temporary: string;
    /** The port of serve.py. */
    readonly server: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = join(import.meta.dirname, "../..");
  const site = process.env["SITE_DIR"] ?? join(root, "site");
  if (!existsSync(join(site, "index.html"))) {
    throw new Error(`SITE_DIR must be a published site. Received: ${site}. Run “make build”, or set SITE_DIR.`);
  }
  const script = join(import.meta.dirname, "serve.py"); // ends with its standard input
  const server = spawn(join(root, ".venv/bin/python"), [script], { stdio: ["pipe", "pipe", "inherit"] });
  project.provide("server", Number((await once(createInterface(server.stdout), "line"))[0]));
  const temporary = await mkdtemp(join(tmpdir(), "browsers-"));
  project.provide("temporary", temporary);
  return async () => {
    server.kill();
    await rm(temporary, { recursive: true });
  };
}
