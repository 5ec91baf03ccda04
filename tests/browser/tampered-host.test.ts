// A host that sends other files than those that were pinned: nothing of them runs, whichever one it
// is; in every browser. Chromium gets each file changed, the others one of each kind; in the tier
// *all* they, too, get each. With TAMPERED_HOST=FILE in its environment it also writes there, as
// JSON, what became of each try.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Pinned } from "../../web/src/page/use/pinned.ts";
import { ALL, Blog, inEveryBrowser, policyFor, SITE, until } from "./scenario.ts";

/**
 * One of the files that browsers check alike: scripts that a page names, those that come later, and
 * each kind of data.
 */
function kindOf(file: string): string {
  if (SPARE.test(file)) return "spare";
  const named = /^assets\/(embed|load)-/.exec(file)?.[1];
  return named ?? (file.endsWith(".js") ? "part" : file.replace(/.*\//, ""));
}
const played = new Set<string>();

/** The path that a changed script requests. */
const BEACON = "changed-code-runs";
/**
 * The host sends the changed file always, or only to who asks again for what was right the first
 * time.
 */
const WHEN = ["always", "again"] as const;
/**
 * A visitor without a file gets the content between the element's tags and an error, or a model all
 * the same.
 */
type Outcome = "refused" | "answered" | "ran changed code";
/** Files that the first answer does not need. */
const SPARE =
  /^assets\/(pinned-extras|rare|translations|frame|frame-content|tfjs-webgl|tfjs-webgl-all|tfjs-wasm)-/;

interface Try {
  readonly browser: string;
  readonly snippet: string;
  readonly file: string;
  readonly when: (typeof WHEN)[number];
  readonly outcome: Outcome;
}
const tries: Try[] = [];
afterAll(async () => {
  const { TAMPERED_HOST } = process.env;
  if (TAMPERED_HOST) await writeFile(TAMPERED_HOST, JSON.stringify(tries, null, 2));
});

/** As somebody would change it who has taken over the host. */
function changed(path: string, body: Buffer, beacon: string): Buffer {
  if (path.endsWith(".js")) return Buffer.from(`${body.toString()}\n;fetch("${beacon}");`);
  if (path.endsWith("manifest.json")) {
    const manifest = JSON.parse(body.toString()) as { labels: string[] };
    manifest.labels.reverse();
    return Buffer.from(JSON.stringify(manifest));
  }
  const other = Buffer.from(body);
  other[other.length - 1]! ^= 1;
  return other;
}

/**
 * In a page or a frame with an element: whether it has its model, or shows what stands between its
 * tags; else null.
 */
function look(): "answered" | "refused" | null {
  const element = document.querySelector("sketch-classifier");
  if (!element) return null;
  if (element.model) return "answered";
  const isShown = element.shadowRoot
    ? element.shadowRoot.querySelector(".failed .fallback")
    : element;
  return document.readyState === "complete" && isShown?.checkVisibility() ? "refused" : null;
}

/** For what a page with load() shows: see the snippet. */
const LISTENING = `
  console.log = () => { globalThis.end = "answered"; };
  for (const name of ["error", "unhandledrejection"]) addEventListener(name, () => { globalThis.end ??= "refused"; }, true);`;
/** A clock by which each prediction takes so long that TensorFlow.js tries all it has. */
const SLOW = `{ let now = 0; performance.now = () => (now += 300); }`;

interface Visit {
  readonly title: string;
  readonly model?: string;
  /** Runs in the page before all else. */
  readonly script?: string;
  /** How it ended, once it has. */
  readonly end: (blog: Blog) => Promise<Outcome | null>;
  /** Part of the name of the file that comes last, if there was an answer. */
  readonly last?: string;
}

const inPage = (blog: Blog) => blog.page.evaluate(look);
const VISITS: Readonly<Record<string, Visit>> = {
  element: { title: "A drawing pad, pinned", end: inPage, last: "extras" },
  "element in German": {
    title: "A drawing pad, pinned",
    script: 'document.documentElement.lang = "de";',
    end: inPage,
    last: "translations",
  },
  "element with TensorFlow.js": {
    title: "A drawing pad, pinned",
    model: "branches",
    script: SLOW,
    end: inPage,
    last: ".wasm",
  },
  "element with convolutions": {
    title: "A drawing pad, pinned",
    model: "cnn",
    end: inPage,
    last: "extras",
  },
  "load.js": {
    title: "Your own canvas or image",
    script: LISTENING,
    end: (blog) => blog.page.evaluate(() => (globalThis as { end?: Outcome }).end ?? null),
  },
  frame: {
    title: "In a frame, pinned",
    end: (blog) => blog.inFrame("iframe", look),
    last: "extras",
  },
};

inEveryBrowser(
  (blog) => {
    /** Visit a post while the host changes a file, if any; which files it was asked for. */
    async function visit(
      { title, model = "digits", script = "", end, last }: Visit,
      file = "",
      when: Try["when"] = "always",
    ): Promise<{ outcome: Outcome; asked: ReadonlySet<string> }> {
      const { site } = blog;
      site.keeps = false;
      const before = site.asked.length;
      const asked = () => site.asked.slice(before);
      let sent = 0;
      site.change(`^${file || " "}$`, (body) => {
        sent += 1;
        return when === "again" && sent === 1 ? body : changed(file, body, site.url + BEACON);
      });
      const policy = policyFor(site.origin).replace(
        "script-src",
        "script-src 'unsafe-inline' 'wasm-unsafe-eval'",
      );
      await blog.post(blog.snippet(title, model), { head: "", script, policy });
      let outcome = await until(() => end(blog));
      if (outcome === "answered") {
        if (model === "branches") await blog.draw();
        await expect
          .poll(() => sent > 0 || asked().some((path) => !file && path.includes(last ?? "")))
          .toBe(true);
      }
      await new Promise((resume) => setTimeout(resume, 200)); // ms, for what may still run
      if (asked().includes(BEACON)) outcome = "ran changed code";
      if (outcome === "refused" && end === inPage)
        expect((await heard()) || file.includes("/embed-")).toBe(true);
      return { outcome, asked: new Set(asked()) };
    }
    /** True once the element has reported its failure. */
    const heard = () => blog.page.evaluate(() => globalThis.heard.includes("error"));

    test.each(Object.entries(VISITS))(
      "%s: whatever file is another one, its code does not run, and the visitor is told",
      async (snippet, what) => {
        blog.mayComplain = /./; // each browser refuses in its own words
        const { outcome, asked } = await visit(what);
        expect(outcome).toBe("answered");
        const browser = blog.browser;
        const mine: Try[] = [];
        const files = [...asked].filter((path) => path !== "favicon.ico");
        const chosen = files.filter((file) => {
          const kind = `${browser} ${kindOf(file)}${snippet === "frame" && file.includes("/embed-") ? " in a frame" : ""}`;
          const isNew = !played.has(kind);
          played.add(kind);
          return ALL || browser === "chromium" || isNew;
        });
        for (const file of chosen) {
          for (const when of file.endsWith(".js") ? WHEN : WHEN.slice(0, 1)) {
            const { outcome } = await visit(what, file, when);
            mine.push({ browser, snippet, file, when, outcome });
          }
        }
        tries.push(...mine);
        const wrong = mine.filter(
          ({ file, when, outcome }) =>
            outcome !==
            (when === "again" || SPARE.test(file) || file.endsWith(".wasm")
              ? "answered"
              : "refused"),
        );
        expect(wrong).toEqual([]);
        const names = new Set(
          files.map((file) => file.replace(/-[\w-]{8}\.js$/, "").replace(/.*\//, "")),
        );
        for (const name of ["ink", "manifest.json", "model.json", "group1-shard1of1.bin"])
          expect(names).toContain(name);
      },
    );
  },
  new Blog({ cnn: "cnn layers uint16", branches: "branches layers float32" }),
);

inEveryBrowser(
  (blog) => {
    test.each([
      ["digits", "weights and code", /^(assets\/ink-.*\.js|models\/digits\/.*\.bin)$/],
      ["letters", "a manifest", /^models\/letters\/.*manifest\.json$/],
    ])("%s: %s that the browser kept from a taken-over host are fetched again", async (...row) => {
      const [model, , files] = row;
      const { site } = blog;
      blog.mayComplain = /./; // each browser refuses in its own words
      const policy = policyFor(site.origin);
      const code = blog.snippet("A drawing pad, pinned", model);
      site.keeps = true;
      // An attacker controls the host, and the browser keeps what it sends for a year.
      site.change(files, (body) => changed(".bin", body, ""));
      await blog.post(code, { head: "", policy });
      expect(await until(() => inPage(blog))).toBe("refused");
      // The owner is back.
      site.change();
      await blog.post(code, { head: "", policy });
      expect(await until(() => inPage(blog))).toBe("answered");
    });
  },
  new Blog({ letters: Array.from("abcdefghij") }),
);

const read = (path: string) => readFile(join(SITE, path), "utf8");

test("a pinned module names files with their hash, down to the last part", async () => {
  const pinned = Object.values(JSON.parse(await read("integrity.json")) as Record<string, Pinned>);
  const waiting = pinned.map(({ path }) => path);
  const seen = new Set<string>();
  for (const path of waiting) {
    if (seen.has(path)) continue;
    seen.add(path);
    const code = await read(path);
    // Where one part is imported, the minifier puts the function that checks it between name and
    // hash.
    for (const [, name, hash] of code.matchAll(
      /([\w-]+-[\w-]{8,16}\.(?:js|wasm))\W(?:.{0,1500}?(sha256-[\w+/=]+))?/g,
    )) {
      const content = await readFile(join(SITE, "assets", name!));
      const expected = `sha256-${createHash("sha256").update(content).digest("base64")}`;
      expect({ path, name, hash }).toEqual({ path, name, hash: expected });
      if (name!.endsWith(".js")) waiting.push(`assets/${name!}`);
    }
  }
  const parts = [...seen].map((path) => path.replace(/^assets\/|-[\w-]{8}\.js$/g, ""));
  const known =
    "ink photos pinned-extras pinned-tensors pinned-tfjs rare tfjs-cpu-all tfjs-graph tfjs-wasm translations";
  expect(parts).toEqual(expect.arrayContaining(known.split(" ")));
});
