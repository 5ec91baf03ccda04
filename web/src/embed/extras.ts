// What only some callers of load() need, in one module, so that load.js can fetch it as one file; and what the element needs
// only when its model is there.
export { fromInk, toInk } from "../runtime/drawing.ts";
export { explainAnswer, predictAll } from "../runtime/extras.ts";
export { checkSteps } from "../runtime/manifest-steps.ts";
export { takePictures } from "./pictures.ts";
export { toPixels } from "./pixels.ts";
