// The hashes with which TensorFlow puts strings into bins: FarmHash's Fingerprint64 (Google, MIT)
// and, with a salt, SipHash-2-4.

/** Unsigned, of 64 bits. */
type Word = bigint;

const word = (value: bigint): Word => BigInt.asUintN(64, value);
const rotated = (value: Word, right: bigint): Word =>
  (value >> right) | word(value << (64n - right));
const mixed = (value: Word): Word => value ^ (value >> 47n);

/** @returns The bytes from `start` on as one number, the least first. */
function numberAt(bytes: Uint8Array, start: number, length = 8): Word {
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[start + i]!);
  return value;
}

const [K0, K1, K2] = [0xc3a5c85c97cb3127n, 0xb492b66fbe98f273n, 0x9ae16a3b2f90404fn];

function joined(u: Word, v: Word, factor: Word): Word {
  const a = mixed(word((u ^ v) * factor));
  return word(mixed(word((v ^ a) * factor)) * factor);
}

type Pair = readonly [Word, Word];

/** Two numbers out of 32 bytes and two others. */
function pairAt(bytes: Uint8Array, start: number, seed: Word, other: Word): Pair {
  const [w, x, y, z] = [0, 8, 16, 24].map((offset) => numberAt(bytes, start + offset)) as [
    Word,
    Word,
    Word,
    Word,
  ];
  const first = seed + w;
  const second = word(first + x + y);
  return [
    word(second + z),
    word(rotated(word(other + first + z), 21n) + rotated(second, 44n) + first),
  ];
}

function shortHash(bytes: Uint8Array): Word {
  const { length } = bytes;
  const factor = word(K2 + BigInt(2 * length));
  if (length >= 8) {
    const [a, b] = [word(numberAt(bytes, 0) + K2), numberAt(bytes, length - 8)];
    const c = word(rotated(b, 37n) * factor + a);
    return joined(c, word((rotated(a, 25n) + b) * factor), factor);
  }
  if (length >= 4) {
    const first = (numberAt(bytes, 0, 4) << 3n) + BigInt(length);
    return joined(first, numberAt(bytes, length - 4, 4), factor);
  }
  if (length === 0) return K2;
  const y = BigInt(bytes[0]! + (bytes[length >> 1]! << 8));
  const z = BigInt(length + (bytes[length - 1]! << 2));
  return word(mixed(word(K2 * y) ^ word(K0 * z)) * K2);
}

/** The hash of 17 to 64 bytes. */
function mediumHash(bytes: Uint8Array): Word {
  const { length } = bytes;
  const factor = word(K2 + BigInt(2 * length));
  const at = (start: number): Word => numberAt(bytes, start < 0 ? length + start : start);
  const combined = (a: Word, b: Word, c: Word, d: Word, other: Word): Pair => [
    word(rotated(word(a + b), 43n) + rotated(c, 30n) + d),
    word(a + rotated(word(b + other), 18n) + c),
  ];
  const a = word(at(0) * (length > 32 ? K2 : K1));
  const [y, z] = combined(a, at(8), word(at(-8) * factor), word(at(-16) * K2), K2);
  const half = joined(y, z, factor);
  if (length <= 32) return half;
  const [g, h] = [word((y + at(-32)) * factor), word((half + at(-24)) * factor)];
  return joined(...combined(word(at(16) * factor), at(24), g, h, a), factor);
}

function longHash(bytes: Uint8Array): Word {
  const rest = (bytes.length - 1) & 63;
  const end = bytes.length - 1 - rest; // 1 to 64 bytes before the end
  let x = word(81n * K2 + numberAt(bytes, 0));
  let y = word(81n * K1 + 113n);
  let z = word(mixed(word(y * K2 + 113n)) * K2);
  let v: Pair = [0n, 0n];
  let w = v;
  const round = (start: number, factor: Word, times: bigint): void => {
    x =
      word(rotated(word(x + y + v[0] + numberAt(bytes, start + 8)), 37n) * factor) ^
      word(w[1] * times);
    y = word(rotated(word(y + v[1] + numberAt(bytes, start + 48)), 42n) * factor);
    y = word(y + v[0] * times + numberAt(bytes, start + 40));
    z = word(rotated(word(z + w[0]), 33n) * factor);
    v = pairAt(bytes, start, word(v[1] * factor), word(x + w[0]));
    w = pairAt(bytes, start + 32, word(z + w[1]), word(y + numberAt(bytes, start + 16)));
    [z, x] = [x, z];
  };
  for (let start = 0; start < end; start += 64) round(start, K1, 1n);
  const factor = word(K1 + ((z & 255n) << 1n));
  const grown = word(w[0] + BigInt(rest));
  v = [word(v[0] + grown), v[1]];
  w = [word(grown + v[0]), w[1]];
  round(end + rest - 63, factor, 9n);
  const first = joined(v[0], w[0], factor) + word(mixed(y) * K0) + z;
  return joined(word(first), word(joined(v[1], w[1], factor) + x), factor);
}

/** FarmHash's Fingerprint64. */
export function fingerprint(bytes: Uint8Array): Word {
  return bytes.length > 64
    ? longHash(bytes)
    : bytes.length > 16
      ? mediumHash(bytes)
      : shortHash(bytes);
}

/** SipHash-2-4. */
export function sipHash(bytes: Uint8Array, [first, second]: readonly [bigint, bigint]): Word {
  let [a, b] = [word(first) ^ 0x736f6d6570736575n, word(second) ^ 0x646f72616e646f6dn];
  let [c, d] = [word(first) ^ 0x6c7967656e657261n, word(second) ^ 0x7465646279746573n];
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      [a, c] = [word(a + b), word(c + d)];
      [b, d] = [rotated(b, 51n) ^ a, rotated(d, 48n) ^ c];
      [a, c] = [word(rotated(a, 32n) + d), word(c + b)];
      [b, d] = [rotated(b, 47n) ^ c, rotated(d, 43n) ^ a];
      c = rotated(c, 32n);
    }
  };
  const end = bytes.length & ~7;
  for (let start = 0; start <= end; start += 8) {
    const rest = BigInt(bytes.length & 255) << 56n;
    const block =
      start < end ? numberAt(bytes, start) : rest | numberAt(bytes, end, bytes.length - end);
    d ^= block;
    rounds(2);
    a ^= block;
  }
  c ^= 255n;
  rounds(4);
  return a ^ b ^ c ^ d;
}
