// Loads the model beside this file and runs it, away from the page. Copy what you need.
import { load } from "./load.js";

let model;

/** Where two lengths are free, the model needs the shape. */
const byName = (input) =>
  Object.fromEntries(
    input.map(({ name, values, shape }) => [name, shape ? Object.assign(values, { shape: [1, ...shape] }) : values]),
  );

onmessage = async ({ data: { id, input } }) => {
  const start = performance.now();
  try {
    // An image classifier takes a photo or a Float32Array, any other model an object of arrays by name.
    const answer = await model.predict(
      model.inputs ? byName(input) : (input[0].pixels ?? Float32Array.from(input[0].values)),
    );
    const ms = performance.now() - start;
    const named = "labelIndex" in answer ? { [model.manifest.output.name]: answer.probabilities } : answer;
    // Messages lose the property `shape` of an array.
    const outputs = Object.entries(named).map(([name, values]) => ({ name, values, shape: values?.shape?.slice(1) }));
    postMessage({ id, outputs, ms });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

try {
  const start = performance.now();
  const manifest = await (await fetch("manifest.json")).json();
  let bytes = 0;
  model = await load("manifest.json", {
    format: manifest.formats[0].id,
    onProgress: ({ total }) => (bytes = total),
  });
  postMessage({ loaded: true, bytes, ms: performance.now() - start });
} catch (error) {
  postMessage({ error: error.message });
}
