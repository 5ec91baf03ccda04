// Ours on WebGL from the start, by the parts that engine-tfjs.ts fetches: load() itself goes there
// only from slow CPUs.
// ?layers=…&webgl=…&folder=…&weights=…
const query = new URLSearchParams(location.search);
const size = Number(query.get("size"));
const fetched = async (path) => {
  const response = await fetch(query.get("folder") + path);
  if (!response.ok) throw new Error(`${response.status}: ${response.url}`);
  return response;
};
const [{ tools, open }, , modelJson, data] = await Promise.all([
  import(query.get("layers")),
  import(query.get("webgl")),
  fetched("model.json").then((response) => response.json()),
  fetched(query.get("weights")).then((response) => response.arrayBuffer()),
]);
await tools.start("webgl");
const program = open(modelJson, new Uint8Array(data));
const [{ shape }] = program.inputs;
globalThis.predict = async (input) => {
  const [{ values }] = await program.run([{ shape: [1, ...shape.slice(1)], values: input }]);
  return values;
};
await predict(new Float32Array(size).fill(0.5));
globalThis.firstMs = performance.now();
console.log("answered");
