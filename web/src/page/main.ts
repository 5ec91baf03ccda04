// The page. Panels meet only in the store; a new panel is a file and a line here.
import { mountAnswer } from "./answer.ts";
import { mountBars } from "./bars.ts";
import { mountFacts } from "./facts.ts";
import { failure } from "./failures.ts";
import { followChoice } from "./models.ts";
import { mountPad } from "./pad.ts";
import { mountPicker } from "./picker.ts";
import { mountPicture } from "./picture.ts";
import { followDrawing } from "./predictor.ts";
import { mountReason } from "./reason.ts";
import { Store } from "./state.ts";
import { mountStatus } from "./status.ts";
import { mountTemplates } from "./templates.ts";

const store = new Store();
const panels = [
  mountStatus,
  mountPicker,
  mountPad,
  mountAnswer,
  mountBars,
  mountPicture,
  mountTemplates,
  mountReason,
  mountFacts,
];
for (const mount of panels) mount(document, store);
followDrawing(store);
followChoice(store);

// A mistake in the page itself must not leave the visitor with a page that is silently dead.
addEventListener("error", ({ error }) => {
  // Without an error object it comes from elsewhere: a browser extension, or a mere warning.
  if (error instanceof Error) store.update({ status: failure(error) });
});
addEventListener("unhandledrejection", ({ reason }) => {
  store.update({ status: failure(reason) });
});
