// node visits.mjs JOB.json: what a host sends for visits by Chromium, by the host's own log,
// service workers included.
//
// JOB: { chromium, log, site, blog }: the log has a line of “path status bytes” for each answer,
// `site` and `blog` are URLs. Prints as JSON [{ visit, requests, bytes, sent }], `sent` being the
// log's lines.
import { readFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";

const QUIET_MS = 2000; // so long without a request: the visit is over

const { chromium, log, site, blog } = JSON.parse(await readFile(process.argv[2], "utf8"));
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [], // root has no sandbox in most containers
});
const sleep = (ms) => new Promise((resume) => setTimeout(resume, ms));
const lines = async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
const results = [];

/** In one tab of a context, until the host has nothing more to send. */
async function visit(context, name, url, act = () => undefined) {
  const before = (await lines()).length;
  const page = await context.newPage();
  await page.goto(url);
  await quiet();
  await act(page);
  await quiet();
  await page.close();
  const sent = (await lines()).slice(before);
  const bytes = sent.reduce((sum, line) => sum + Number(line.split(" ")[2]), 0);
  results.push({ visit: name, requests: sent.length, bytes, sent });
}

async function quiet() {
  for (let known = -1, count = 0; known !== count;) {
    known = count;
    await sleep(QUIET_MS);
    count = (await lines()).length;
  }
}

/** Slowly, to the end of the page, as one who reads it all. */
const scroll = (page) =>
  page.evaluate(async () => {
    const { document, scrollTo } = globalThis;
    for (let y = 0; y < document.documentElement.scrollHeight; y += 300) {
      scrollTo(0, y);
      await new Promise((resume) => setTimeout(resume, 100));
    }
  });

const reader = await browser.createBrowserContext();
await visit(reader, "the page, first visit", site);
await visit(reader, "the page, return visit", site);
await reader.close();
const thorough = await browser.createBrowserContext();
await visit(thorough, "the page, first visit, read to its end", site, scroll);
await thorough.close();
const guest = await browser.createBrowserContext();
await visit(guest, "a blog that embeds the element, first visit", blog);
await visit(guest, "a blog that embeds the element, return visit", blog);
await guest.close();
await browser.close();
console.log(JSON.stringify(results));
