// Fetched for models that are no image classifiers.
export { loadTensors } from "../runtime/tensors/tensors.ts";
