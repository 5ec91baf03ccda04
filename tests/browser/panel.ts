// Shared by the scenarios of the page's panels: opening one, pressing and reading its elements.
// SITE_DIR as in scenario.ts.
import { join } from "node:path";
import type { KeyInput, Viewport } from "puppeteer-core";
import { expect } from "vitest";
import { DIGITS, draw, mouse, type Digit } from "./hand.ts";
import type { Host } from "./server.ts";
import { atRest, DESKTOP, until, type Stage, type Theme } from "./scenario.ts";

/** A stage, or a blog. */
type On = Pick<Stage, "page">;

type Opening = Partial<Readonly<{ digit: Digit; viewport: Viewport; theme: Theme; query: string }>>;

/** Open the page, and draw a digit if one is given. */
export async function openPage(stage: Stage, { digit, viewport = DESKTOP, theme, query }: Opening = {}): Promise<void> {
  await stage.open(viewport, theme, query);
  await stage.ready();
  if (digit) await drawDigit(stage, digit);
}

/** Draw a digit, which is read once there is what tells whether to believe it. */
export async function drawDigit(stage: On, digit: Digit): Promise<void> {
  await draw(stage.page, mouse(stage.page), DIGITS[digit]);
  await says(stage, ".glyph");
}

/** Open the page, draw a digit if one is given, and scroll to a panel, which is fetched then. */
export async function openPanel(stage: Stage, id: string, opening: Opening = {}): Promise<void> {
  await openPage(stage, opening);
  await stage.panel(id);
}

/** Press an element as soon as it is there, wherever that is: panels above it may still be growing, under a mouse. */
export async function press({ page }: On, selector: string): Promise<void> {
  await page.waitForSelector(selector);
  await page.$eval(selector, (element) => {
    (element as HTMLElement).click();
  });
}

const scroll = (element: Element, block: ScrollLogicalPosition) => {
  element.scrollIntoView({ block, behavior: "instant" });
};
export const scrollTo = ({ page }: On, selector: string, block: ScrollLogicalPosition = "start"): Promise<void> =>
  page.$eval(selector, scroll, block);
export const goTo = ({ page }: On, hash: string) => page.evaluate((hash) => void (location.hash = hash), hash);
/** A step back in the history; WebKit's driver must take it, and Firefox' waits in vain for a page that was kept. */
export const goBack = ({ page, browser }: Stage): Promise<unknown> =>
  browser === "webkit" ? page.goBack() : page.evaluate("void setTimeout(() => history.back())");
export const hashOf = ({ page }: On) => page.evaluate(() => location.hash);
export const textsOf = ({ page }: On, selector: string) =>
  page.$$eval(selector, (all) => all.map(({ textContent }) => textContent));
export const isShown = ({ page }: On, selector: string) =>
  page.$$eval(selector, ([element]) => element?.checkVisibility() ?? false);
export const isOff = ({ page }: On, selector: string) => page.$eval(selector, (one) => one.ariaDisabled === "true");
export const boxOf = ({ page }: On, selector: string) =>
  page.$eval(selector, (element) => element.getBoundingClientRect().toJSON() as DOMRect);
/** The pixels of a canvas, as text that any change alters. */
export const pixelsOf = ({ page }: On, selector: string) =>
  page.$eval(selector, (canvas) => (canvas as HTMLCanvasElement).toDataURL());

/** Wait until an element says this, or something else than nothing, and return its text. */
export async function says({ page }: On, selector: string, expected: string | RegExp = /./): Promise<string> {
  const { text } = await until(async () => {
    const [text] = await page.$$eval(selector, (all) => all.slice(0, 1).map(({ textContent }) => textContent.trim()));
    if (text === undefined) return null;
    return (typeof expected === "string" ? text === expected : expected.test(text)) ? { text } : null;
  });
  return text;
}

/** The middle of an element, once it is in the window. */
export async function middleOf(stage: On, selector: string): Promise<readonly [x: number, y: number]> {
  await scrollTo(stage, selector, "center");
  const { x, y, width, height } = await boxOf(stage, selector);
  return [x + width / 2, y + height / 2];
}

/** A digit or none on grounds of several colours, not square, larger than the pad, off its middle; and files that are none. */
export const PICTURES = join(import.meta.dirname, "hosts/pictures");
/** Choose one of them for the pad. */
export const choose = async ({ page }: On, name: string): Promise<void> =>
  (await page.$("input.image-file"))!.uploadFile(join(PICTURES, name));

/** Probabilities in full precision, once they rest; empty while nothing is claimed. */
export const shares = ({ page }: On): Promise<number[]> =>
  atRest(() =>
    page.$$eval(".bars:has(.winner) .bar-fill", (fills) =>
      fills.map((fill) => Number((fill as HTMLElement).style.getPropertyValue("--share"))),
    ),
  );
/** Wait until the page answers with these probabilities: the same arithmetic on the same pixels, so to six places. */
export async function expectShares(stage: On, expected: readonly number[]): Promise<void> {
  expect(expected.length).toBeGreaterThan(0);
  await expect.poll(() => shares(stage)).toEqual(expected.map((share): unknown => expect.closeTo(share, 6)));
}

/** A number as the page writes it, with whatever stands around it. */
export const number = (text = ""): number =>
  Number(/[+\u2212-]?[\d.,]+/.exec(text)?.[0].replace("\u2212", "-").replace(",", ""));

/** Press keys, one after the other, on whatever has the focus. */
export async function keys({ page }: On, ...names: readonly KeyInput[]): Promise<void> {
  for (const name of names) await page.keyboard.press(name);
}

export async function pressControl({ page }: On, key: "v" | "z"): Promise<void> {
  await page.keyboard.down("Control");
  await page.keyboard.press(key);
  await page.keyboard.up("Control");
}

/** Change the answers of the host for some paths; null is 404. */
export function change(
  { host }: { readonly host: Host },
  path: RegExp,
  to: (body: Buffer) => ReturnType<Host["tamper"]>,
): void {
  host.tamper = (asked, body) => (path.test(asked) ? to(body) : body);
}
/** Change the content of a JSON file on its way. */
export const changeJson = (stage: Stage, path: RegExp, to: (content: Record<string, unknown>) => void): void => {
  change(stage, path, (body) => {
    const content = JSON.parse(body.toString()) as Record<string, unknown>;
    to(content);
    return Buffer.from(JSON.stringify(content));
  });
};
/** Let nobody have some files of a host before the function that is returned has been called. */
export function hold(host: Host, path: RegExp): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resume) => (release = resume));
  change({ host }, path, (body) => released.then(() => body));
  return release;
}
