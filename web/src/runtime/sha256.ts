// SHA-256 (FIPS 180-4) for pages on plain http, where browsers have no crypto.subtle.

// The first 32 bits of the fractional parts of the square roots (8) and cube roots (64) of the
// first primes.
function fractions(root: number, amount: number): Int32Array {
  const found: number[] = [];
  for (let candidate = 2; found.length < amount; candidate++) {
    let prime = true;
    for (let factor = 2; factor * factor <= candidate; factor++) prime &&= candidate % factor > 0;
    if (prime) found.push((candidate ** (1 / root) % 1) * 2 ** 32);
  }
  return Int32Array.from(found, (fraction) => fraction | 0);
}

type Words = [number, number, number, number, number, number, number, number];

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The SHA-256 of `bytes`, 32 bytes long. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const constants = fractions(3, 64);
  const state = fractions(2, 8);
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const words = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    const hash = state.slice();
    for (let i = 0; i < 64; i++) {
      const [early, late] = [words[i - 15] ?? 0, words[i - 2] ?? 0];
      words[i] =
        i < 16
          ? view.getInt32(block + 4 * i)
          : words[i - 16]! +
            (rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)) +
            words[i - 7]! +
            (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10));
      const [a, b, c, , e, f, g, h] = hash as unknown as Words;
      const first =
        h +
        (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
        ((e & f) ^ (~e & g)) +
        constants[i]! +
        words[i]!;
      const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      hash.copyWithin(1, 0);
      hash[0] = first + second;
      hash[4]! += first;
    }
    for (let i = 0; i < 8; i++) state[i]! += hash[i]!;
  }
  state.forEach((word, index) => {
    view.setInt32(4 * index, word);
  });
  return padded.slice(0, 32);
}
