// `node scripts/preview.mjs http://127.0.0.1:8000/` takes the picture that chats and social
// networks show beside a link to the page: what it looks like while it reads its sample. The
// address is that of a site with the default recipe's model. CHROMIUM names the browser. The
// picture is committed.
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { WEB } from "./bundle.mjs";

const [address] = process.argv.slice(2);
if (!address)
  throw new Error(
    "preview.mjs must be given the address of a site. Received: none. Run `pipeline serve`.",
  );
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  defaultViewport: { width: 1200, height: 630 }, // the shape that previews have
});
try {
  const page = await browser.newPage();
  // the whole sample at once
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  await page.setBypassCSP(true); // for the style below
  await page.goto(address);
  await page.waitForSelector(".bar.winner");
  // Without what is true of one model only, and what one would press.
  const hidden = ".promise, .top, .actions, .tools, .pad-hint, .wrong, .story, .onward";
  const hero = ".hero { padding: 43px 0; grid-template-columns: 544px 1fr }";
  // in one column, which a window of this height has no room for
  const bars = ".bars { display: block }";
  await page.addStyleTag({ content: `${hidden} { display: none !important } ${hero} ${bars}` });
  await page.$eval("h1", (heading) => (heading.textContent = "Draw a digit"));
  await page.screenshot({ path: join(WEB, "src", "page", "preview.png") });
} finally {
  await browser.close();
}
