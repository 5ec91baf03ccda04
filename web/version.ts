// The version of the whole project, as an expression for Vite's `define`. The Python package has it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const path = join(import.meta.dirname, "../pipeline/__init__.py");
const version = /__version__ = "([^"]+)"/.exec(readFileSync(path, "utf8"))?.[1];
if (!version) throw new Error(`${path} must set __version__. Received: nothing like it. Put it back.`);
export const SKETCH_VERSION = JSON.stringify(version);
