// Loads the model beside this file and runs it, away from the page. Copy what you need.
import { load } from "./load.js";

let manifest;
let model;

/**
 * @param input For each input its name, and values with their shape, or a photo's pixels.
 * @returns The same for each output. An array in a message loses its property `shape`.
 */
async function predict(input) {
  // Where two lengths are free, the model needs the shape.
  const shaped = ({ name, values, shape }) => [
    name,
    shape ? Object.assign(values, { shape: [1, ...shape] }) : values,
  ];
  // A model of photos takes one, a classifier a Float32Array, too, and any other model arrays by
  // name.
  const [{ pixels, values }] = input;
  const given =
    pixels ?? (model.inputs ? Object.fromEntries(input.map(shaped)) : Float32Array.from(values));
  const answer = await model.predict(given);
  const named = model.inputs ? answer : { [manifest.output.name]: answer.probabilities };
  return Object.entries(named).map(([name, values]) => ({
    name,
    values,
    shape: values?.shape?.slice(1),
  }));
}

onmessage = async ({ data: { id, input } }) => {
  try {
    const start = performance.now();
    const outputs = await predict(input);
    postMessage({ id, outputs, ms: performance.now() - start });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

try {
  const start = performance.now();
  manifest = await (await fetch("manifest.json")).json();
  const onProof = (proof) => postMessage({ proof }); // soon after the first prediction
  model = await load("manifest.json", { format: manifest.formats[0].id, onProof });
  postMessage({ loaded: true, ms: performance.now() - start });
} catch (error) {
  postMessage({ error: error.message });
}
