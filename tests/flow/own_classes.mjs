/**
 * Draws on a published page, in a real browser: node own_classes.mjs JOB.json
 *
 * JOB    {"web": folder with node_modules, "chromium": path, "site": address,
 *         "names": [of the visitor's own classes],
 *         "examples": [[index of the class, path]], "downloads": folder for the model,
 *         "probes": [path that is read, and not added]}, a path being [[x, y]] in shares of the pad's side
 * stdout {"answers": [{"label": the answer to a probe, "shares": [of each class]}], "errors": [of the page],
 *         "elsewhere": [addresses of other hosts that were asked]}
 */
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const puppeteer = createRequire(path.join(job.web, "package.json"))("puppeteer-core");
const found = { answers: [], errors: [], elsewhere: [] };

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  defaultViewport: { width: 1280, height: 900 },
});
const page = await browser.newPage();
page.on("pageerror", (error) => found.errors.push(String(error)));
page.on("request", (request) => {
  if (!request.url().startsWith(job.site) && !/^(blob|data):/.test(request.url())) found.elsewhere.push(request.url());
});
const frame = () =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const pad = ".pad-canvas";

async function draw(path) {
  const { x, y, width, height } = await (await page.$(pad)).boundingBox();
  const [start, ...rest] = path.map((at) => [x + at[0] * width, y + at[1] * height]);
  await page.mouse.move(...start);
  await page.mouse.down();
  for (const at of rest) await page.mouse.move(...at);
  await page.mouse.up();
  await frame();
}

async function add(index) {
  await page.evaluate((index) => document.querySelectorAll(".own-answer")[index].click(), index);
}

/** Runs in the page: the class with the largest share, and all shares. */
function read() {
  const all = [...document.querySelectorAll(".own-answer")].map((row) => ({
    label: row.querySelector(".own-name").textContent,
    share: Number(row.querySelector(".bar-fill").style.getPropertyValue("--share")),
  }));
  const shares = all.map(({ share }) => share);
  return { label: all[shares.indexOf(Math.max(...shares))].label, shares };
}

/** A press that no panel above, still arriving, can make miss, as a mouse at a place could. */
async function press(selector) {
  await page.$eval(selector, (button) => button.click());
}

async function download(selector, name) {
  await press(selector);
  for (let tries = 0; tries < 100 && !existsSync(path.join(job.downloads, name)); tries++) {
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

try {
  await page.goto(`${job.site}own.html`);
  await page.waitForSelector(".own-answer");
  for (let count = 2; count < job.names.length; count++) await press(".own-add");
  for (const [index, name] of job.names.entries()) {
    const input = await page.waitForSelector(`.own-classes > li:nth-child(${index + 1}) .own-input`);
    await input.evaluate((input) => input.select());
    await input.type(name);
    await page.keyboard.press("Enter");
  }
  await page.$eval(pad, async (pad) => {
    for (let still = 0, top = NaN; still < 5;) {
      pad.scrollIntoView({ block: "center" });
      await new Promise((resume) => setTimeout(resume, 50));
      const now = pad.getBoundingClientRect().top;
      still = now === top ? still + 1 : 0;
      top = now;
    }
  });
  for (const [index, path] of job.examples) {
    await draw(path);
    await add(index);
  }
  const session = await browser.target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: job.downloads });
  await download(".own-save-model", "own-classes.zip");
  for (const probe of job.probes) {
    await draw(probe);
    found.answers.push(await page.evaluate(read));
    await page.focus(pad);
    await page.keyboard.press("Delete");
  }
  process.stdout.write(JSON.stringify(found));
} finally {
  await browser.close();
}
