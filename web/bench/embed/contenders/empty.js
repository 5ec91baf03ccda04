// The base line: what a page takes that does nothing.
globalThis.firstMs = performance.now();
console.log("answered");
