// Without a connection after one visit, and how a visitor gets from one publication to the next.
import { createHash } from "node:crypto";
import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SketchClassifierElement as Pad } from "../../web/src/embed/embed.ts";
import { addModel } from "../../web/src/testing/site.ts";
import { inChromium, inEveryBrowser, makeSite, manifestOf, Stage, until } from "./scenario.ts";
import { serve } from "./server.ts";

/** A site of its own for every test: they publish into it. */
let folder: string;
class Own extends Stage {
  override async begin(): Promise<void> {
    this.host = await serve((folder = await makeSite()));
  }
}
const here = (path: string) => join(folder, path);

async function edit(path: string, change: (text: string) => string) {
  const before = await readFile(here(path), "utf8");
  const after = change(before);
  expect(after).not.toBe(before); // else this test would publish nothing new
  await writeFile(here(path), after);
}

/**
 * Publish a page with another script, as a build would: under a new name, with a worker that knows
 * it.
 */
async function publishPage(): Promise<{ former: string; script: string }> {
  const html = await readFile(here("index.html"), "utf8");
  const former = /assets\/index-[^"]+\.js/.exec(html)?.[0] ?? "";
  const script = "assets/index-another.js";
  await copyFile(here(former), here(script));
  await edit(script, (code) => `${code};document.body.dataset.release = "another";`);
  const hashOf = async (path: string) =>
    createHash("sha256")
      .update(await readFile(here(path)))
      .digest("base64");
  const [formerHash, hash] = await Promise.all([former, script].map(hashOf));
  const renewed = (text: string) => text.replaceAll(former, script).replaceAll(formerHash!, hash!);
  await edit("sw.js", renewed);
  await edit("index.html", renewed);
  return { former, script };
}

/** Publish the model once more, as another version. */
async function publishModel(): Promise<{ former: string; version: string }> {
  const { name, version: former } = manifestOf();
  const version = "another";
  const folder = `models/${name}`;
  await cp(here(`${folder}/${former}`), here(`${folder}/${version}`), { recursive: true });
  await edit(`${folder}/${version}/manifest.json`, (text) => text.replaceAll(former, version));
  await edit(`${folder}/latest.json`, (text) => text.replaceAll(former, version));
  return { former, version };
}

/** Addresses of everything that the worker keeps, relative to the site. */
const kept = (stage: Stage) =>
  stage.page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      urls.push(...(await cache.keys()).map(({ url }) => url));
    }
    return urls.map((url) => url.replace(new URL(".", location.href).href, ""));
  });

/** Until the worker keeps this; a publication is complete once it keeps its last file. */
const waitUntilKept = async (stage: Stage, path: string, holds = "") => {
  await stage.until(
    async (path, holds) => {
      const copy = await caches.match(new URL(path, location.href));
      return copy !== undefined && (await copy.text()).includes(holds);
    },
    path,
    holds,
  );
};

async function visit(stage: Stage): Promise<void> {
  await stage.visit();
  await stage.ready();
}

async function firstVisit(stage: Stage): Promise<void> {
  await visit(stage);
  await stage.drawDigit("7"); // nothing is kept for somebody who only passes by
  await stage.page.click(".clear");
  const { name } = manifestOf();
  await waitUntilKept(stage, `models/${name}/latest.json`);
  await waitUntilKept(stage, "models/index.json");
}

/** The page that runs, of two. */
const release = (stage: Stage) =>
  stage.page.evaluate(() => document.body.dataset["release"] ?? "first");

const showsVersion = (stage: Stage, version: string) =>
  stage.appears(`html[data-version="${version}"]`);

/** Lets nothing through, as without a connection. */
const goOffline = ({ host }: Stage): void => {
  host.change(/./, () => {
    throw new Error("offline");
  });
};

inEveryBrowser((stage) => {
  test("after one visit the page works without a connection, its lower panels and the other pages too", async () => {
    stage.mayComplain = /./; // each browser says in its own words what it cannot fetch
    await firstVisit(stage);
    await stage.until(async () =>
      Boolean(await caches.match(new URL("embed.html", location.href))),
    );
    stage.host.close();
    await expect(fetch(stage.host.url)).rejects.toThrow(); // there is nobody any more
    await stage.reload();
    await stage.drawDigit("3");
    await stage.says(".glyph", "3");
    for (const panel of ["learning", "doubt"]) await stage.panel(panel);
    const strange = (await kept(stage)).filter((url) => /[?#:]/.test(url));
    expect(strange).toEqual([]); // nothing of another site, no drawing

    await stage.page.goto(`${stage.host.url}own.html`);
    await stage.appears(".own-desk");
    await stage.page.goto(`${stage.host.url}quality.html`);
    await stage.appears("[data-part=summary] .numbers");
    await stage.page.goto(`${stage.host.url}embed.html`);
    await stage.until(() => {
      const pad = document.querySelector<Pad>("#try sketch-classifier");
      pad?.scrollIntoView({ block: "center", behavior: "instant" });
      return Boolean(pad?.model);
    });
    await stage.draw(undefined, "#try sketch-classifier >>> .canvas");
    const value = () =>
      stage.page.evaluate(() => document.querySelector<Pad>("#try sketch-classifier")!.value);
    await expect.poll(() => value()).toMatch(/^\d$/);
    await stage.panel("use");
    await stage.appears("#use .snippet"); // its code has arrived, too
  });

  test("a page published anew is what the next visit gets, with and without a connection", async () => {
    await firstVisit(stage);
    const { former, script } = await publishPage();
    await visit(stage);
    await expect.poll(() => release(stage)).toBe("another");
    await waitUntilKept(stage, "./", script);
    await expect.poll(() => kept(stage)).not.toContain(former); // the new worker is at work
    stage.host.close();
    await visit(stage);
    await expect.poll(() => release(stage)).toBe("another");
  });

  test("a model published anew is what the next visit gets; if a part does not run the former one stays whole; docs/offline.md removes all", async () => {
    await firstVisit(stage);
    const { former, version: published } = await publishModel();
    stage.host.keeps = false;
    const weights = new RegExp(`${published}/.*\\.bin$`);
    stage.host.change(weights, (body) => Buffer.from(body.map((byte) => byte ^ 1)));
    await stage.visit();
    await stage.shows(".retry");
    goOffline(stage);
    await visit(stage);
    await showsVersion(stage, former);

    stage.host.change();
    await visit(stage); // past the damaged copy, which the worker has kept
    await showsVersion(stage, published);
    const { name } = manifestOf();
    await waitUntilKept(stage, `models/${name}/latest.json`, published);
    await until(async () => !(await kept(stage)).some((url) => url.includes(former)));
    goOffline(stage);
    await visit(stage);
    await showsVersion(stage, published);

    stage.host.change();
    const docs = await readFile(join(import.meta.dirname, "../../docs/offline.md"), "utf8");
    await edit("sw.js", () => /```js\n(.+?)```/s.exec(docs)?.[1] ?? "");
    await stage.visit();
    await stage.until(
      async () =>
        (await caches.keys()).length === 0 &&
        (await navigator.serviceWorker.getRegistrations()).length === 0,
    );
  });
}, new Own());

// Which parts are kept is decided in web/src/sw/sw.test.ts.
inChromium((stage) => {
  test("a chain of convolutions and a model that needs TensorFlow.js work without a connection too", async () => {
    const models = [
      ["chain", "cnn layers uint16", "/conv-"],
      ["branches", "branches layers float32", "tfjs-"],
    ] as const;
    for (const [name, title] of models) addModel(folder, name, title);
    const open = async (name: string) => {
      await stage.visit({ query: `?model=${name}` });
      await stage.ready();
    };
    for (const [name, , part] of models) {
      await open(name);
      await stage.drawDigit("7");
      await waitUntilKept(stage, `models/${name}/latest.json`);
      await stage.until(async (part) => {
        const parts = performance
          .getEntriesByType("resource")
          .filter(({ name }) => name.includes(part));
        const copies = parts.map(({ name }) => caches.match(name));
        return copies.length > 0 && !(await Promise.all(copies)).includes(undefined);
      }, part);
    }
    stage.host.close();
    for (const [name] of models) {
      await open(name);
      await stage.drawDigit("7");
      await stage.until(() => document.querySelector(".glyph")?.textContent !== "");
      expect("abc").toContain(await stage.text(".glyph"));
    }
  });
}, new Own());
