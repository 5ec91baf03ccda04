// Browser tests. The packages live in web/node_modules, so this is run from web/: `npm run
// test:browser`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const from = process.env["INIT_CWD"] ?? ""; // where npm was called; it changes to web/
const site = resolve(from, process.env["SITE_DIR"] ?? join(import.meta.dirname, "../../site"));
if (!existsSync(join(site, "index.html")))
  throw new Error(
    `SITE_DIR must be a published site. Received: ${site}. Run “make build”, or set SITE_DIR.`,
  );
const root = join(import.meta.dirname, "../..");
const web = join(root, "web");
const isBuilt =
  spawnSync("make", ["--question", "pipeline/_web/build.json"], { cwd: root }).status === 0;
const [built, published] = [join(root, "pipeline/_web/site"), site].map((folder) =>
  join(folder, "sw.js"),
);
if (!isBuilt || !readFileSync(built!).equals(readFileSync(published!)))
  // it names all parts by their content
  console.warn(
    `${site} has not the page of the sources in web/. Run “make web”, then “.venv/bin/pipeline build”.`,
  );

export default {
  root: import.meta.dirname,
  cacheDir: join(web, "node_modules/.vite-browser"),
  resolve: {
    alias: ["@observablehq/parser", "axe-core", "puppeteer-core", "svelte", "vite", "vue"].map(
      (name) => ({
        find: new RegExp(`^${name}(?=/|$)`),
        replacement: join(web, "node_modules", name),
      }),
    ),
  },
  test: {
    env: { SITE_DIR: site },
    include: ["**/*.test.ts"],
    fsModuleCachePath: join(web, "node_modules/.vitest-browser-cache"),
    // for the snippets, whose titles are words of the page
    setupFiles: join(web, "src/testing/words.ts"),
    maxWorkers: 3, // files side by side, each with browsers of its own
    // ms; what has not come by then, on a machine however busy, never comes
    expect: { poll: { timeout: 120_000, interval: 20 } },
    testTimeout: 300_000, // ms; longer than any wait, so that the wait says what it was for
    hookTimeout: 900_000, // ms; packages are bundled and browsers started, on such a machine too
  },
};
