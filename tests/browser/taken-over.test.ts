// Somebody else controls the host for a while. Once its owner is back, nothing of what they left in
// a visitor's browser runs: not from the HTTP cache, not from the worker's, and not their worker.
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inEveryBrowser, makeSite, Stage } from "./scenario.ts";
import { serve } from "./server.ts";

/** A site of its own for every test: the attacker writes into it. */
let folder: string;
class Own extends Stage {
  override async begin(): Promise<void> {
    this.host = await serve((folder = await makeSite()));
  }
}

/** Each script says that it ran, and changes all scripts that any worker of the page keeps. */
const EVIL = `;(async () => {
  if (!("document" in globalThis)) return;
  document.documentElement.dataset.taken = "yes";
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      if (/assets.*\\.js$/.test(url)) {
        const headers = { "Content-Type": "text/javascript" };
        await cache.put(url, new Response("document.documentElement.dataset.taken = 'kept'", { headers }));
      }
    }
  }
  document.documentElement.dataset.done = "yes";
})();`;
/** A worker that never asks the host again. */
const EVIL_WORKER = `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith((async () => {
  const cache = await caches.open("taken");
  const kept = await cache.match(event.request);
  if (kept) return kept;
  const response = await fetch(event.request.url, { redirect: "manual" });
  await cache.put(event.request.url, response.clone());
  return response;
})()));`;

/** As who has taken over the host would change a file. */
function evil(body: Buffer): Buffer {
  const text = body.toString();
  if (!text.startsWith("<!doctype html>")) return Buffer.from(text + EVIL);
  return Buffer.from(text.replaceAll(/ integrity="[^"]*"/g, ""));
}

/** “no” if no code of the attacker has run on this page. */
const taken = (stage: Stage) =>
  stage.page.evaluate(() => document.documentElement.dataset["taken"] ?? "no");
const isDone = () => document.documentElement.dataset["done"] === "yes";
const isControlled = () => navigator.serviceWorker.controller !== null;

inEveryBrowser((stage) => {
  test("a visitor who had been there before gets the owner's page, and its own code", async () => {
    stage.mayComplain = /./;
    await stage.visit();
    await stage.ready();
    await stage.drawDigit("7"); // nothing is kept for somebody who only passes by
    await stage.until(isControlled);
    await stage.until(async () => (await caches.keys()).some((name) => name.includes("page")));
    const page = await readFile(join(folder, "index.html"), "utf8");
    await writeFile(join(folder, "evil.js"), EVIL);
    await writeFile(
      join(folder, "index.html"),
      page.replace("</head>", '<script src="evil.js" defer></script></head>'),
    );
    await stage.visit();
    await stage.until(isDone);
    // The owner is back.
    await writeFile(join(folder, "index.html"), page);
    await rm(join(folder, "evil.js"));
    await stage.visit();
    await stage.ready();
    expect(await taken(stage)).toBe("no");
  });

  test("a first visitor during the attack: the HTTP cache holds changed scripts, which do not run", async () => {
    stage.mayComplain = /./;
    stage.host.change(/^(assets\/(?!recover).*\.js|index\.html)$/, evil);
    await stage.visit();
    await stage.until(isDone);
    stage.host.change();
    await stage.visit();
    await stage.ready();
    expect(await taken(stage)).toBe("no");
  });

  test("a visitor with the attacker's worker: the owner's takes over during the next visit", async () => {
    stage.mayComplain = /./;
    const worker = await readFile(join(folder, "sw.js"), "utf8");
    await writeFile(join(folder, "sw.js"), EVIL_WORKER);
    stage.host.change(/^(assets\/.*\.js|index\.html)$/, evil);
    await stage.visit();
    await stage.ready();
    await stage.drawDigit("7");
    await stage.until(isControlled);
    await stage.visit(); // from now on all comes from the attacker's worker
    await stage.until(isDone);
    stage.host.change();
    await writeFile(join(folder, "sw.js"), worker);
    await stage.visit();
    await stage.until(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const [name] = (await caches.keys()).filter((name) => name.startsWith("sketch page"));
      const kept =
        name && (await (await caches.open(name)).match(new URL("embed.html", location.href)));
      return kept && !registration?.installing && !registration?.waiting;
    });
    await stage.visit();
    await stage.ready();
    expect(await taken(stage)).toBe("no");
  });
}, new Own());
