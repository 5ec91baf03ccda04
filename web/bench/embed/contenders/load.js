// Ours, without the element. ?address=…&format=…
import { load } from "/site/load.js";

const query = new URLSearchParams(location.search);
const size = Number(query.get("size"));
const model = await load(query.get("address"), { format: query.get("format") ?? undefined });
globalThis.predictAny = (source) => model.predict(source);
globalThis.predict = async (input) => (await model.predict(input)).probabilities;
await predict(new Float32Array(size).fill(0.5));
globalThis.firstMs = performance.now();
console.log("answered");
