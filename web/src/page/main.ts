// The page. Panels share only the store. A new panel is a folder and a line here, or in panels.ts if it can be loaded later.
import { followTheme } from "./colours.ts";
import { mountAnswer } from "./draw/answer.ts";
import { mountBars } from "./draw/bars.ts";
import { mountDraw } from "./draw/draw.ts";
import { mountPicture } from "./draw/picture.ts";
import { followDrawing } from "./draw/predictor.ts";
import { mountFacts } from "./facts.ts";
import { failure } from "./failures.ts";
import { chooseLanguage } from "./language.ts";
import { mountLanguageLinks } from "./language-links.ts";
import { followChoice } from "./models.ts";
import { mountNav } from "./nav.ts";
import { followOffline } from "./offline.ts";
import { followPanels } from "./panels.ts";
import { mountPicker } from "./picker.ts";
import { followPad, Store } from "./state.ts";
import { mountStatus } from "./status.ts";
import { translate } from "./translate.ts";

const store = new Store();
const panels = [mountStatus, mountPicker, mountDraw, mountAnswer, mountBars, mountPicture, mountFacts];

// A bug in the page must not leave the visitor with a page that silently does nothing.
addEventListener("error", ({ error }) => {
  // Without an error object it comes from somewhere else, such as a browser extension, or is only a warning.
  if (error instanceof Error) store.update({ status: failure(error) });
});
addEventListener("unhandledrejection", ({ reason }) => {
  store.update({ status: failure(reason) });
});

// Not a top-level await: a language that shared a file with this one would wait for it, and it for the language.
void chooseLanguage(location.search, navigator.languages).then((language) => {
  document.documentElement.lang = language;
  translate(document);
  mountLanguageLinks(document, language);
  for (const mount of panels) mount(document, store);
  followTheme();
  followPad(store);
  followDrawing(store);
  followChoice(store);
  followPanels(document, store);
  followOffline(store);
  mountNav(document);
});
