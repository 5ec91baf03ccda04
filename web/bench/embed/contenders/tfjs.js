// Stock TensorFlow.js, which the page has as a script before this one. ?model=…&backend=…&shape=…
const { tf } = globalThis;
const query = new URLSearchParams(location.search);
const size = Number(query.get("size"));
const shape = query.get("shape").split(",").map(Number);
const backend = query.get("backend");
if (!(await tf.setBackend(backend)))
  throw new Error(`TensorFlow.js has no backend ${backend} here.`);
const model = await tf.loadLayersModel(query.get("model"));
globalThis.predict = async (input) => {
  const output = tf.tidy(() => model.predict(tf.tensor(input, [1, ...shape])));
  const probabilities = await output.data();
  output.dispose();
  return probabilities;
};
await predict(new Float32Array(size).fill(0.5));
globalThis.firstMs = performance.now();
console.log("answered");
