// The inputs with which a model proves itself on a device: see "probes" in manifest.json.

/** The class of an input's values. */
export const arrayOf = (dtype) =>
  dtype.startsWith("float") ? Float32Array : dtype === "bool" ? Uint8Array : Int32Array;

/** The numbers of input `at` of probe `number`: a hash of each position, as in pipeline/tfjs/parity/probes.py. */
export function draw({ shape, low, high, whole }, number, at) {
  const seed = Math.imul(8 * at + number + 1, 0x85ebca6b);
  return Array.from({ length: shape.reduce((size, length) => size * length, 1) }, (_, position) => {
    let x = Math.imul(position + 1, 0x9e3779b1) ^ seed;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    const share = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
    return whole ? Math.floor(low + share * (high - low + 1)) : low + share * (high - low);
  });
}
