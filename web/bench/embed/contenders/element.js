// Ours, with the element: the page has the two lines that a blog pastes. The pad is there and the
// model answers.
const size = Number(new URLSearchParams(location.search).get("size"));
const element = document.querySelector("sketch-classifier");
const model =
  element.model ??
  (await new Promise((resolve, reject) => {
    element.addEventListener("load", ({ detail }) => resolve(detail));
    element.addEventListener("error", ({ detail }) => reject(detail));
  }));
globalThis.predictAny = (source) => model.predict(source);
globalThis.predict = async (input) => (await model.predict(input)).probabilities;
await predict(new Float32Array(size).fill(0.5));
globalThis.firstMs = performance.now();
console.log("answered");
