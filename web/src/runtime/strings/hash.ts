// The hashes with which TensorFlow puts strings into bins: FarmHash's Fingerprint64 and, with a salt, SipHash-2-4.

/** Unsigned, of 64 bits. */
type Word = bigint;

const word = (value: bigint): Word => BigInt.asUintN(64, value);
const rotated = (value: Word, right: bigint): Word => (value >> right) | word(value << (64n - right));
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
  const [w, x, y, z] = [0, 8, 16, 24].map((offset) => numberAt(bytes, start + offset)) as [Word, Word, Word, Word];
  const first = seed + w;
  const second = word(first + x + y);
  return [word(second + z), word(rotated(word(other + first + z), 21n) + rotated(second, 44n) + first)];
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
  let [v, w]: [Pair, Pair] = [
    [0n, 0n],
    [0n, 0n],
  ];
  const round = (start: number, factor: Word, times: bigint): void => {
    x = word(rotated(word(x + y + v[0] + numberAt(bytes, start + 8)), 37n) * factor) ^ word(w[1] * times);
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
  return bytes.length > 64 ? longHash(bytes) : bytes.length > 16 ? mediumHash(bytes) : shortHash(bytes);
}

/** SipHash-2-4. */
export function sipHash(bytes: Uint8Array, [first, second]: readonly [bigint, bigint]): Word {
  const [k0, k1] = [word(first), word(second)];
  const v: [Word, Word, Word, Word] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const left = (value: Word, by: bigint): Word => rotated(value, 64n - by);
  const half = (a: number, b: number, turn: bigint): void => {
    v[a] = word(v[a]! + v[b]!);
    v[b] = left(v[b]!, turn) ^ v[a];
  };
  const round = (): void => {
    half(0, 1, 13n);
    v[0] = left(v[0], 32n);
    half(2, 3, 16n);
    half(0, 3, 21n);
    half(2, 1, 17n);
    v[2] = left(v[2], 32n);
  };
  const add = (block: Word): void => {
    v[3] ^= block;
    round();
    round();
    v[0] ^= block;
  };
  const end = bytes.length & ~7;
  for (let start = 0; start < end; start += 8) add(numberAt(bytes, start));
  add((BigInt(bytes.length & 255) << 56n) | numberAt(bytes, end, bytes.length - end));
  v[2] ^= 255n;
  for (let i = 0; i < 4; i++) round();
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}
