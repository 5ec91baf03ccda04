// The npm package as its users get it.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const WEB = join(import.meta.dirname, "../..");
/**
 * The npm that runs the tests: the one that is first on the PATH need not belong to this Node.js,
 * nor work.
 */
const NPM = process.env["npm_execpath"];

/**
 * Run a command and return its output, without colors, which tools add under CI. Throws, with all
 * output, if it fails.
 */
export function run(cwd: string, command: string, ...options: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, options, { cwd, encoding: "utf8" });
  const output = stripVTControlCharacters(stdout);
  if (status === 0) return output;
  const said = output + stripVTControlCharacters(stderr);
  throw new Error(`${command} ${options.join(" ")} ended with ${String(status)}: ${said}`);
}

/**
 * Build the package into `folder`/npm, pack it, and install the tarball in an application, without
 * a network.
 *
 * @returns The application's folder, `folder`/app.
 */
export function packInto(folder: string): string {
  const [built, app] = [join(folder, "npm"), join(folder, "app")];
  run(WEB, process.execPath, "scripts/build-package.mjs", built);
  const tarball = npm(built, "pack", "--silent", "--pack-destination", folder).trim();
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }');
  npm(app, "install", "--offline", "--no-audit", "--no-fund", "--silent", join(folder, tarball));
  return app;
}

function npm(cwd: string, ...options: string[]): string {
  return NPM ? run(cwd, process.execPath, NPM, ...options) : run(cwd, "npm", ...options);
}
