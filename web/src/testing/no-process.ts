// Before every test file of the tier fast: it starts no process.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

const refuse = (): never => {
  throw new Error(
    "A test of the tier fast must start no process. List its file in src/testing/tiers.ts.",
  );
};
const ways = ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"];
Object.assign(childProcess, Object.fromEntries(ways.map((way) => [way, refuse])));
syncBuiltinESMExports();
