// Browser tests. The packages live in web/node_modules, so this is run from web/: `npm run test:browser`.
import { join } from "node:path";
import { retries } from "./retries.mts";

const web = join(import.meta.dirname, "../../web");

export default {
  root: import.meta.dirname,
  cacheDir: join(web, "node_modules/.vite-browser"),
  resolve: {
    alias: ["@observablehq/parser", "axe-core", "puppeteer-core", "svelte", "vite", "vue"].map((name) => ({
      find: new RegExp(`^${name}(?=/|$)`),
      replacement: join(web, "node_modules", name),
    })),
  },
  test: {
    include: ["**/*.test.ts"],
    fsModuleCachePath: join(web, "node_modules/.vitest-browser-cache"),
    globalSetup: join(import.meta.dirname, "browsers.ts"),
    setupFiles: join(web, "src/testing/words.ts"), // for the snippets, whose titles are words of the page
    maxWorkers: 2, // files side by side, each with a browser of its own
    retry: 1, // three browsers on two busy cores: an event may come late once; the reason is told on the screen
    reporters: ["default", retries],
    expect: { poll: { timeout: 10_000 } }, // ms; Vitest's own second is short beside the others
    testTimeout: 30_000, // ms; seconds on a small machine that builds something else at the same time
    hookTimeout: 60_000, // ms; the first start of a browser reads a few hundred megabytes
  },
};
