// Without a connection after one visit, and how a visitor gets from one publication to the next.
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { drawIn } from "./blog.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { addKerasModel } from "./site.ts";
import { DESKTOP, inEveryBrowser, manifestOf, SITE, type Stage, until } from "./scenario.ts";
import { BROKEN, type Host } from "./server.ts";

type Pad = HTMLElementTagNameMap["sketch-classifier"];

/** A site of its own for every test: they publish into it. */
const folders: string[] = [];
async function copyOfSite(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "offline-"));
  folders.push(folder);
  await cp(SITE, folder, { recursive: true });
  return folder;
}
const here = (path: string) => join(folders.at(-1) ?? "", path);
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function edit(path: string, change: (text: string) => string) {
  const before = await readFile(here(path), "utf8");
  const after = change(before);
  expect(after).not.toBe(before); // else this test would publish nothing new
  await writeFile(here(path), after);
}

/** Publish a page with another script, as a build would: under a new name, with a worker that knows it. */
async function publishPage(): Promise<{ former: string; script: string }> {
  const html = await readFile(here("index.html"), "utf8");
  const former = /assets\/index-[^"]+\.js/.exec(html)?.[0] ?? "";
  const script = "assets/index-another.js";
  await copyFile(here(former), here(script));
  await edit(script, (code) => `${code};document.body.dataset.release = "another";`);
  await edit("sw.js", (code) => code.replaceAll(former, script));
  await edit("index.html", (text) => text.replaceAll(former, script));
  return { former, script };
}

/** Publish the model once more, as another version. */
async function publishModel(): Promise<{ former: string; version: string }> {
  const { name, version: former } = (await manifestOf()).manifest;
  const version = "another";
  const folder = `models/${name}`;
  await cp(here(`${folder}/${former}`), here(`${folder}/${version}`), {
    recursive: true,
  });
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
  await stage.page.waitForFunction(
    async (path, holds) => {
      const copy = await caches.match(new URL(path, location.href));
      return copy !== undefined && (await copy.text()).includes(holds);
    },
    {},
    path,
    holds,
  );
};

/** Publish another model beside those that are there. */
async function publishAnother(name: string, title: Parameters<typeof addKerasModel>[2]): Promise<void> {
  await addKerasModel(here("."), name, title);
  await edit("models/index.json", (text) => {
    const index = JSON.parse(text) as { models: object[] };
    index.models.push({ name, path: `${name}/latest.json` });
    return JSON.stringify(index);
  });
}

async function visit(stage: Stage): Promise<void> {
  await stage.open(DESKTOP);
  await stage.ready();
}

async function firstVisit(stage: Stage): Promise<void> {
  await visit(stage);
  const { name } = (await manifestOf()).manifest;
  await waitUntilKept(stage, `models/${name}/latest.json`);
  await waitUntilKept(stage, "models/index.json");
}

/** The page that runs, of two. */
const release = (stage: Stage) => stage.page.evaluate(() => document.body.dataset["release"] ?? "first");

/** Lets nothing through, as without a connection. */
const OFFLINE: Host["tamper"] = () => BROKEN;
const ONLINE: Host["tamper"] = (_, body) => body;

inEveryBrowser(
  (stage) => {
    test("after one visit the page works without a connection, its lower panels and embed.html too", async () => {
      await firstVisit(stage);
      await stage.page.waitForFunction(async () => Boolean(await caches.match(new URL("embed.html", location.href))));
      await stage.host.close();
      await expect(fetch(stage.host.url)).rejects.toThrow(); // there is nobody any more
      await stage.page.reload();
      await stage.ready();
      await draw(stage.page, mouse(stage.page), DIGITS["3"]);
      expect((await stage.answer()).label).toBe("3");
      for (const panel of ["quality", "learn", "use"]) {
        await stage.page.$eval(`#${panel}`, (section) => {
          section.scrollIntoView();
        });
        await stage.page.waitForSelector(`#${panel} h2`);
      }
      const strange = (await kept(stage)).filter((url) => /[?#:]/.test(url));
      expect(strange).toEqual([]); // nothing of another site, no drawing

      await stage.page.goto(`${stage.host.url}embed.html`);
      await stage.page.waitForFunction(() => {
        const pad = document.querySelector<Pad>("#exercise sketch-classifier");
        pad?.scrollIntoView({ block: "center", behavior: "instant" });
        return Boolean(pad?.model);
      });
      const box = await stage.page.evaluate(() => {
        const pad = document.querySelector<Pad>("#exercise sketch-classifier")!;
        const { x, y, width, height } = pad.shadowRoot!.querySelector(".canvas")!.getBoundingClientRect();
        return { x, y, width, height };
      });
      await drawIn(stage.page, box);
      const value = () => stage.page.evaluate(() => document.querySelector<Pad>("#exercise sketch-classifier")!.value);
      await until(async () => /^\d$/.test(await value()));
      await stage.page.waitForSelector("[data-snippet] .snippet"); // its code has arrived, too
    });

    test("a chain of convolutions and a model that needs TensorFlow.js work without a connection too", async () => {
      const models = [
        ["chain", "cnn layers uint16", "/conv-"],
        ["branches", "branches layers float32", "tfjs-"],
      ] as const;
      for (const [name, title] of models) await publishAnother(name, title);
      const open = async (name: string) => {
        await stage.open(DESKTOP, "light", `?model=${name}`);
        await stage.ready();
      };
      for (const [name, , part] of models) {
        await open(name);
        await waitUntilKept(stage, `models/${name}/latest.json`);
        await stage.page.waitForFunction(
          async (part) => {
            const parts = performance.getEntriesByType("resource").filter(({ name }) => name.includes(part));
            const copies = parts.map(({ name }) => caches.match(name));
            return copies.length > 0 && !(await Promise.all(copies)).includes(undefined);
          },
          {},
          part,
        );
      }
      await stage.host.close();
      for (const [name] of models) {
        await open(name);
        await draw(stage.page, mouse(stage.page), DIGITS["7"]);
        await stage.page.waitForFunction(() => document.querySelector(".glyph")?.textContent !== "");
        expect("abc").toContain((await stage.answer()).label);
      }
    });

    test("a page published anew is what the next visit gets, with and without a connection", async () => {
      await firstVisit(stage);
      const { former, script } = await publishPage();
      await visit(stage);
      expect(await release(stage)).toBe("another");
      await waitUntilKept(stage, "./", script);
      await until(async () => !(await kept(stage)).includes(former)); // the new worker is at work
      await stage.host.close();
      await visit(stage);
      expect(await release(stage)).toBe("another");
    });

    test("a page of which only a part arrives leaves the former one whole", async () => {
      await firstVisit(stage);
      const { script } = await publishPage();
      stage.host.tamper = (path, body) => (path === script ? null : body);
      await stage.open(DESKTOP); // its script is missing: it cannot run
      await stage.page.waitForFunction(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return registration !== undefined && !registration.installing;
      });
      expect(await kept(stage)).not.toContain(script);
      await stage.host.close();
      await visit(stage);
      expect(await release(stage)).toBe("first");
      await draw(stage.page, mouse(stage.page), DIGITS["7"]);
      expect((await stage.answer()).label).toBe("7");
    });

    test("a model published anew is what the next visit gets; if a part is missing or does not run the former one stays whole; docs/offline.md removes all", async () => {
      await publishAnother("chain", "cnn layers uint16");
      await firstVisit(stage);
      const { former, version: published } = await publishModel();
      stage.host.keeps = false;
      const isOfIt = (path: string) => path.includes(published) && path.endsWith(".bin");
      stage.host.tamper = (path, body) => (isOfIt(path) ? null : body);
      await stage.open(DESKTOP);
      await stage.page.waitForSelector(".retry", { visible: true });
      stage.host.tamper = OFFLINE;
      await visit(stage);
      expect(await stage.version()).toBe(former);

      stage.host.tamper = (path, body) => (isOfIt(path) ? Buffer.from(body.map((byte) => byte ^ 1)) : body);
      await stage.open(DESKTOP);
      await stage.page.waitForSelector(".retry", { visible: true });
      await stage.page.select(".picker select", "chain"); // another one is chosen, and runs
      await stage.ready();
      await waitUntilKept(stage, "models/chain/latest.json");
      stage.host.tamper = OFFLINE;
      await visit(stage);
      expect(await stage.version()).toBe(former);

      stage.host.tamper = ONLINE;
      await stage.open(DESKTOP);
      await stage.page.waitForSelector(".retry", { visible: true });
      await stage.page.click(".retry"); // past the damaged copy, which the worker has kept
      await stage.ready();
      expect(await stage.version()).toBe(published);
      const { name } = (await manifestOf()).manifest;
      await waitUntilKept(stage, `models/${name}/latest.json`, published);
      await until(async () => !(await kept(stage)).some((url) => url.includes(former)));
      stage.host.tamper = OFFLINE;
      await visit(stage);
      expect(await stage.version()).toBe(published);

      stage.host.tamper = ONLINE;
      const docs = await readFile(join(import.meta.dirname, "../../docs/offline.md"), "utf8");
      await edit("sw.js", () => /```js\n(.+?)```/s.exec(docs)?.[1] ?? "");
      await stage.open(DESKTOP);
      await stage.page.waitForFunction(
        async () =>
          (await caches.keys()).length === 0 && (await navigator.serviceWorker.getRegistrations()).length === 0,
      );
    });
  },
  { site: copyOfSite },
);
