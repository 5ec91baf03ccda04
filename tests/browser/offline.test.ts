// Without a connection after one visit, and how a visitor gets from one publication to the next.
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { drawIn } from "./blog.ts";
import { DIGITS, draw, mouse } from "./hand.ts";
import { addKerasModel } from "./site.ts";
import { DESKTOP, inEveryBrowser, manifestOf, SITE, type Stage } from "./scenario.ts";

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

/** Publish another model beside the first one. */
async function addCnn(title: Parameters<typeof addKerasModel>[2] = "cnn layers uint16"): Promise<void> {
  await addKerasModel(here("."), "cnn", title);
  await edit("models/index.json", (text) => {
    const index = JSON.parse(text) as { models: object[] };
    index.models.push({ name: "cnn", path: "cnn/latest.json" });
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

/** Which of the two pages runs. */
const release = (stage: Stage) => stage.page.evaluate(() => document.body.dataset["release"] ?? "first");
const version = (stage: Stage) => stage.version();

inEveryBrowser(
  (stage) => {
    test("after one visit the page works without a connection, its lower panels too", async () => {
      await firstVisit(stage);
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
    });

    test("after one visit of the page, embed.html works without a connection too, and its examples answer", async () => {
      await firstVisit(stage);
      await stage.page.waitForFunction(async () => Boolean(await caches.match(new URL("embed.html", location.href))));
      await stage.host.close();
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
      await expect.poll(value).toMatch(/^\d$/);
      await stage.page.waitForSelector("[data-snippet] .snippet"); // its code has arrived, too
    });

    test.each([
      ["a chain of convolutions", "cnn layers uint16", "/conv-"],
      ["a model that needs TensorFlow.js", "branches layers float32", "tfjs-"],
    ] as const)("after one visit %s works without a connection too", async (_, title, part) => {
      await addCnn(title);
      const open = async () => {
        await stage.open(DESKTOP, "light", "?model=cnn");
        await stage.ready();
      };
      await open();
      await waitUntilKept(stage, "models/cnn/latest.json");
      await stage.page.waitForFunction(
        async (part) => {
          const parts = performance.getEntriesByType("resource").filter(({ name }) => name.includes(part));
          const copies = parts.map(({ name }) => caches.match(name));
          return copies.length > 0 && !(await Promise.all(copies)).includes(undefined);
        },
        {},
        part,
      );
      await stage.host.close();
      await open();
      await draw(stage.page, mouse(stage.page), DIGITS["7"]);
      await stage.page.waitForFunction(() => document.querySelector(".glyph")?.textContent !== "");
      expect("abc").toContain((await stage.answer()).label);
    });

    test("a page published anew is what the next visit gets, with and without a connection", async () => {
      await firstVisit(stage);
      const { former, script } = await publishPage();
      await visit(stage);
      expect(await release(stage)).toBe("another");
      await waitUntilKept(stage, "./", script);
      await stage.page.waitForFunction(
        async (former) => !(await caches.match(new URL(former, location.href))),
        {},
        former,
      ); // the new worker is at work
      await stage.host.close();
      await visit(stage);
      expect(await release(stage)).toBe("another");
    });

    test("a page of which only a part arrives leaves the former one whole", async () => {
      await firstVisit(stage);
      const former = await release(stage);
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
      expect(await release(stage)).toBe(former);
      await draw(stage.page, mouse(stage.page), DIGITS["7"]);
      expect((await stage.answer()).label).toBe("7");
    });

    test("a model published anew is what the next visit gets, and the former one is dropped", async () => {
      await firstVisit(stage);
      const { former, version: published } = await publishModel();
      await visit(stage);
      expect(await version(stage)).toBe(published);
      const { name } = (await manifestOf()).manifest;
      await waitUntilKept(stage, `models/${name}/latest.json`, published);
      await stage.page.waitForFunction(
        async (former) => {
          for (const cache of await caches.keys()) {
            const requests = await (await caches.open(cache)).keys();
            if (requests.some(({ url }) => url.includes(former))) return false;
          }
          return true;
        },
        {},
        former,
      );
      await stage.host.close();
      await visit(stage);
      expect(await version(stage)).toBe(published);
    });

    test("a model of which only a part arrives leaves the former one whole", async () => {
      await firstVisit(stage);
      const { former, version: published } = await publishModel();
      stage.host.tamper = (path, body) => (path.includes(published) && path.endsWith(".bin") ? null : body);
      await stage.open(DESKTOP);
      await stage.page.waitForSelector(".retry", { visible: true });
      await stage.host.close();
      await visit(stage);
      expect(await version(stage)).toBe(former);
    });

    test("a model that did not run leaves the former one whole, also when another one is chosen and runs", async () => {
      await addCnn();
      await firstVisit(stage);
      const { former, version: published } = await publishModel();
      stage.host.tamper = (path, body) =>
        path.includes(published) && path.endsWith(".bin") ? Buffer.from(body.map((byte) => byte ^ 1)) : body;
      await stage.open(DESKTOP);
      await stage.page.waitForSelector(".retry", { visible: true });
      await stage.page.select(".picker select", "cnn");
      await stage.ready();
      await waitUntilKept(stage, "models/cnn/latest.json");
      await stage.host.close();
      await visit(stage);
      expect(await version(stage)).toBe(former);
    });

    test("the worker in docs/offline.md removes a broken one and all that it kept", async () => {
      await firstVisit(stage);
      const docs = join(import.meta.dirname, "../../docs/offline.md");
      const text = await readFile(docs, "utf8");
      const remover = /```js\n(.+?)```/s.exec(text)?.[1] ?? "";
      await edit("sw.js", () => remover);
      await stage.open(DESKTOP);
      await stage.page.waitForFunction(
        async () =>
          (await caches.keys()).length === 0 && (await navigator.serviceWorker.getRegistrations()).length === 0,
      );
    });
  },
  { site: copyOfSite },
);
