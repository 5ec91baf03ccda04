// The pages: index.html with the pad, and those beside it, which have only panels. Panels share
// only the store. A new panel is a folder and a line here, or in panels.ts if it can be loaded
// later.
import { followTheme } from "./colours.ts";
import { mountAnswer } from "./draw/answer.ts";
import { mountBars } from "./draw/bars.ts";
import { mountDock } from "./draw/dock.ts";
import { mountDraw } from "./draw/draw.ts";
import { mountWrong } from "./draw/wrong.ts";
import { followDrawing } from "./draw/predictor.ts";
import { nextTask } from "./dom.ts";
import { mountFacts } from "./facts.ts";
import { failure } from "./failures.ts";
import { chooseLanguage } from "./language.ts";
import { mountLinks } from "./links.ts";
import { followChoice } from "./models.ts";
import { mountNav } from "./nav.ts";
import { followOffline } from "./offline.ts";
import { followPanels } from "./panels.ts";
import { mountPicker } from "./picker.ts";
import { followPad, Store } from "./state.ts";
import { mountStatus } from "./status.ts";
import { translate } from "./translate.ts";

const store = new Store();
const hasPad = document.querySelector(".stage") !== null;
const panels = [
  mountStatus,
  mountPicker,
  ...(hasPad ? [mountDraw, mountAnswer, mountBars, mountWrong] : []),
  mountFacts,
];

// A bug in the page must not leave the visitor with a page that silently does nothing.
addEventListener("error", ({ error }) => {
  // Without an error object it comes from somewhere else, such as a browser extension, or is only a
  // warning.
  if (error instanceof Error) store.update({ status: failure(error) });
});
addEventListener("unhandledrejection", ({ reason }) => {
  store.update({ status: failure(reason) });
});

async function start(): Promise<void> {
  const language = await chooseLanguage(location.search, navigator.languages);
  if (language !== "en") translate(document, language);
  mountLinks(document, language);
  for (const mount of panels) {
    await nextTask();
    mount(document, store);
  }
  await nextTask();
  followTheme();
  if (hasPad) {
    followPad(store);
    followDrawing(store);
    mountNav(document);
    mountDock(document);
    followOffline(store);
  }
  followChoice(store);
  followPanels(document, store);
}

// Not a top-level await: a language that shared a file with this one would wait for it, and it for
// the language.
void start();
