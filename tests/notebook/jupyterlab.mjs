/**
 * Uses a notebook in JupyterLab, in a real browser: node jupyterlab.mjs JOB.json
 *
 * The notebook's cells 0 and 1 show a widget each, and cell 2 prints what Python knows of both as JSON.
 *
 * JOB    {"web": folder with node_modules, "chromium": path, "host": address of the server, "notebook": path and query,
 *         "screenshots": folder, or null}
 * stdout {"after": {step: {"page": [label that each widget shows, or null], "python": what cell 2 printed}},
 *         "tags": [of the elements], "moved": whether a key that draws has selected another cell,
 *         "elsewhere": [addresses of other hosts that were asked], "errors": [of the page]}
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const puppeteer = createRequire(path.join(job.web, "package.json"))("puppeteer-core");
const found = { after: {}, tags: [], elsewhere: [], errors: [] };

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: [
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", // there is no network
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ],
  defaultViewport: { width: 1100, height: 1500 },
});
const page = await browser.newPage();
page.on("pageerror", (error) => found.errors.push(String(error)));
page.on("request", (request) => {
  if (!request.url().startsWith(job.host) && !/^(blob|data):/.test(request.url())) found.elsewhere.push(request.url());
});

/** Runs in the page: the element that a cell shows. */
const elementOf = (cell) => {
  const cells = document.querySelectorAll(".jp-Notebook .jp-CodeCell");
  const shown = cells[cell]?.querySelectorAll("[data-lm-suppress-shortcuts] > :first-child") ?? [];
  return shown.length === 1 ? shown[0] : null;
};
await page.evaluateOnNewDocument(`window.elementOf = ${elementOf}`);
const isReady = () => [0, 1].every((cell) => elementOf(cell)?.model);
const wait = (condition, ...values) => page.waitForFunction(condition, { timeout: 60_000 }, ...values);

/** Run a cell as its user does, until it is done. While its kernel connects, JupyterLab drops what is run. */
async function run(cell) {
  const promptOf = (cell) => document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")[cell]?.textContent;
  await page.evaluate(`window.promptOf = ${promptOf}`);
  await wait((cell) => document.querySelectorAll(".jp-Notebook .jp-CodeCell .cm-content")[cell], cell);
  const before = await page.evaluate(promptOf, cell);
  const done = (cell, before) => /\d/.test(promptOf(cell)) && promptOf(cell) !== before;
  for (let attempt = 1; attempt <= 20; attempt++) {
    const editor = (await page.$$(".jp-Notebook .jp-CodeCell .cm-content"))[cell];
    const clicked = await editor?.click().then(
      () => true,
      () => false, // JupyterLab has just replaced it
    );
    if (!clicked) continue;
    await page.keyboard.down("Shift");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Shift");
    await page.waitForFunction(done, { timeout: 1000 }, cell, before).catch(() => undefined);
    if (/\*/.test(await page.evaluate(promptOf, cell))) await wait(done, cell, before);
    if (await page.evaluate(done, cell, before)) return;
  }
  throw new Error(`Cell ${cell} must run. Received: ${await page.evaluate(promptOf, cell)}`);
}

/** Draw a vertical line with the mouse. */
async function draw(cell) {
  const canvas = await page.evaluateHandle((cell) => elementOf(cell).shadowRoot.querySelector("canvas"), cell);
  await canvas.scrollIntoView();
  const { x, y, width, height } = await canvas.boundingBox();
  await page.mouse.move(x + width / 2, y + height * 0.15);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height * 0.85, { steps: 10 });
  await page.mouse.up();
  await wait((cell) => elementOf(cell).prediction, cell);
}

/** What page and kernel say after a step. */
async function look(step) {
  const printed = () => document.querySelectorAll(".jp-CodeCell")[2].querySelector(".jp-OutputArea-output")?.innerText;
  const labels = () =>
    [0, 1].map((cell) => {
      const bar = elementOf(cell).shadowRoot.querySelector("[part~=winner] [part=label]");
      return elementOf(cell).prediction && bar.textContent;
    });
  await run(2);
  found.after[step] = { page: await page.evaluate(labels), python: JSON.parse(await page.evaluate(printed)) };
  if (job.screenshots) await page.screenshot({ path: path.join(job.screenshots, `${step}.png`) });
}

try {
  await page.goto(job.host + job.notebook);
  await run(0);
  await run(1);
  await wait(isReady);
  found.tags = await page.evaluate(() => [0, 1].map((cell) => elementOf(cell).localName));
  await look("blank");
  await draw(0);
  await draw(1);
  await look("drawing");
  await page.evaluate(() => elementOf(1).shadowRoot.querySelector("[part=buttons] :last-child").click());
  await look("clear");
  // A file is dropped: the drawing of the one on the other.
  await page.evaluate(async () => {
    const [from, to] = [0, 1].map((cell) => elementOf(cell).shadowRoot);
    const content = await new Promise((resolve) => from.querySelector("canvas").toBlob(resolve));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], "drawing.png", { type: "image/png" }));
    to.querySelector("[part=pad]").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  });
  await wait(() => elementOf(1).prediction);
  await look("drop");
  // The cell is run again, and the new widget used by keyboard. JupyterLab would take the same keys to move between cells.
  await run(0);
  await wait(() => elementOf(0)?.model && !elementOf(0).prediction);
  await page.evaluate(() => elementOf(0).focus());
  const selected = () => document.querySelector(".jp-Cell.jp-mod-active .jp-InputPrompt").textContent;
  const before = await page.evaluate(selected);
  for (const key of ["ArrowUp", "ArrowUp", "Space", ...Array(8).fill("ArrowDown"), "Space"])
    await page.keyboard.press(key);
  await wait(() => elementOf(0).prediction);
  found.moved = (await page.evaluate(selected)) !== before;
  await look("keyboard");
  // The kernel still has the widgets.
  await page.keyboard.down("Control");
  await page.keyboard.press("s");
  await page.keyboard.up("Control");
  await wait(() => !document.querySelector(".jp-mod-dirty"));
  await page.reload();
  await wait(isReady);
  await draw(0);
  await look("reload");
} catch (error) {
  if (job.screenshots) await page.screenshot({ path: path.join(job.screenshots, "failed.png") });
  throw error;
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(found));
