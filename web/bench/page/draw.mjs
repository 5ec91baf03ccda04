// node draw.mjs JOB.json: draws on pages by hand, in turns, and prints as JSON what each drawn
// frame took.
//
// JOB: { chromium, rounds, pages: [{ id, url, pad, device }] }: `pad` is the selector of what is
// drawn on, `device` a key of DEVICES. Prints [{ id, frames, script_ms, long_ms }]: for each round
// the milliseconds of script per frame on the machine as it is, and the milliseconds of every task
// over 50 while its processor seems SLOWER times as slow.
import { readFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";

const SLOWER = 4;
const [STROKES, POINTS] = [3, 60];
// between two points: no frame has two of them, even where one takes twice as long as it should
const FRAME_MS = 34;
const DOWN = { touch: "touchStart", mouse: "mousePressed" }; // the protocol's names of events
const MOVE = { touch: "touchMove", mouse: "mouseMoved" };
const UP = { touch: "touchEnd", mouse: "mouseReleased" };
const DEVICES = {
  phone: { width: 360, height: 740, deviceScaleFactor: 3, isMobile: true, hasTouch: true },
  desktop: { width: 1280, height: 900 },
};

const { chromium, rounds, pages } = JSON.parse(await readFile(process.argv[2], "utf8"));
const sleep = (ms) => new Promise((resume) => setTimeout(resume, ms));
const results = pages.map(({ id }) => ({ id, frames: 0, script_ms: [], long_ms: [] }));

/** One stroke of curls across the pad, another one for each number. */
const stroke = (number) =>
  Array.from({ length: POINTS }, (_, index) => {
    const done = index / (POINTS - 1);
    const angle = 10 * done + number;
    return [0.5 + 0.15 * (1 + done) * Math.cos(angle), 0.5 + 0.38 * Math.sin(1.3 * angle)];
  });

/**
 * Scroll to the end and back, as one who reads it all: a section comes when it is near. Then open
 * what can be opened.
 */
async function openAll(page) {
  await page.evaluate(async () => {
    const { document, scrollTo } = globalThis;
    const settled = (ms) => new Promise((resume) => setTimeout(resume, ms));
    for (let y = 0; y < document.documentElement.scrollHeight; y += 300) {
      scrollTo(0, y);
      await settled(200);
    }
    for (const details of document.querySelectorAll("details:not(.wrong)")) details.open = true;
    await settled(1500);
    scrollTo(0, 0);
    await settled(1500);
  });
}

/** STROKES strokes, the first of them with this number. */
async function draw(page, session, { pad, device }, from) {
  const box = await (await page.$(pad)).boundingBox();
  const touches = DEVICES[device].hasTouch;
  const send = ({ touch, mouse }, [x, y]) => {
    const at = { x: box.x + x * box.width, y: box.y + y * box.height };
    const button = { button: "left", buttons: 1, clickCount: 1 };
    return touches
      ? session.send("Input.dispatchTouchEvent", {
          type: touch,
          touchPoints: touch === UP.touch ? [] : [at],
        })
      : session.send("Input.dispatchMouseEvent", { type: mouse, ...at, ...button });
  };
  for (let number = from; number < from + STROKES; number++) {
    const [first, ...rest] = stroke(number);
    await send(DOWN, first);
    const moves = [];
    for (const point of rest) {
      moves.push(send(MOVE, point)); // a hand does not wait for the page
      await sleep(FRAME_MS);
    }
    await Promise.all(moves);
    await send(UP, rest.at(-1));
    await sleep(200);
  }
  await sleep(500); // for what is done after the last stroke
}

async function visit(what, result) {
  const browser = await puppeteer.launch({
    executablePath: chromium,
    // root has no sandbox in most containers
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const page = await browser.newPage();
  await page.setViewport(DEVICES[what.device]);
  await page.goto(what.url);
  await openAll(page);
  const session = await page.createCDPSession();
  await session.send("Performance.enable");
  const scriptSeconds = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration").value;
  };
  const picture = () => page.$eval(what.pad, (canvas) => canvas.toDataURL());
  const untouched = await picture();
  const before = await scriptSeconds();
  await draw(page, session, what, 0);
  result.script_ms.push((1000 * ((await scriptSeconds()) - before)) / (STROKES * (POINTS - 1)));
  if ((await picture()) === untouched)
    throw new Error(`Strokes must show on ${what.url}. Received: the same picture.`);
  await session.send("Performance.disable");
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.evaluate(() => {
    const { PerformanceObserver } = globalThis;
    globalThis.long = [];
    const observer = new PerformanceObserver((list) =>
      globalThis.long.push(...list.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ entryTypes: ["longtask"] });
  });
  await draw(page, session, what, STROKES);
  result.frames += STROKES * (POINTS - 1);
  result.long_ms.push(...(await page.evaluate(() => globalThis.long)));
  await browser.close();
}

for (let round = 0; round < rounds; round++) {
  for (const [index, page] of pages.entries()) await visit(page, results[index]);
}
console.log(JSON.stringify(results));
