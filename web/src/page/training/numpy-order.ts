// The order in which NumPy's default generator mixes things, so that a training here visits its examples as the pipeline's did:
// SeedSequence (O'Neill's seed_seq), PCG64 (XSL-RR, 128 bits), and the shuffle of `permutation`. tests/fixtures/orders.json
// contains orders from NumPy itself.

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const WORDS_OF_POOL = 4;

const bits64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const bits128 = (value: bigint): bigint => BigInt.asUintN(128, value);

/** A multiplicative hash of 32-bit words, whose factor changes with every word. */
function hasher(factor: number, growth: number): (word: number) => number {
  return (word) => {
    const mixed = word ^ factor;
    factor = Math.imul(factor, growth);
    const product = Math.imul(mixed, factor);
    return (product ^ (product >>> 16)) >>> 0;
  };
}

function mix(one: number, other: number): number {
  const mixed = (Math.imul(one, 0xca01f9dd) - Math.imul(other, 0x4973f715)) | 0;
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The 256 bits that SeedSequence makes of whole numbers in 0..2³²−1, as four words of 64 bits. */
function seedWords(seeds: readonly number[]): readonly bigint[] {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: WORDS_OF_POOL }, (_, place) => hash(seeds[place] ?? 0));
  for (let from = 0; from < WORDS_OF_POOL; from++) {
    for (let to = 0; to < WORDS_OF_POOL; to++) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
  }
  for (const seed of seeds.slice(WORDS_OF_POOL)) {
    for (let to = 0; to < WORDS_OF_POOL; to++) pool[to] = mix(pool[to]!, hash(seed));
  }
  const spread = hasher(0x8b51f9dd, 0x58f38ded);
  const halves = Array.from({ length: 8 }, (_, place) => BigInt(spread(pool[place % WORDS_OF_POOL]!)));
  return [0, 2, 4, 6].map((low) => halves[low]! | (halves[low + 1]! << 32n));
}

/** Random 32-bit numbers of PCG64: each of its 64-bit numbers gives two, the lower half first. */
function pcg64(seeds: readonly number[]): () => number {
  const [stateHigh, stateLow, streamHigh, streamLow] = seedWords(seeds) as [bigint, bigint, bigint, bigint];
  const increment = bits128((((streamHigh << 64n) | streamLow) << 1n) | 1n);
  const step = (state: bigint) => bits128(state * MULTIPLIER + increment);
  let state = step(increment + ((stateHigh << 64n) | stateLow));
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const half = spare;
      spare = null;
      return half;
    }
    state = step(state);
    const folded = (state >> 64n) ^ bits64(state);
    const turn = state >> 122n;
    const number = bits64((folded >> turn) | (folded << (64n - turn)));
    spare = Number(number >> 32n);
    return Number(number & 0xffffffffn);
  };
}

/** A whole number in 0..most, all equally likely: as many random bits as it needs, drawn again while they are more. */
function upTo(next: () => number, most: number): number {
  const mask = 0xffffffff >>> Math.clz32(most);
  for (;;) {
    const drawn = (next() & mask) >>> 0;
    if (drawn <= most) return drawn;
  }
}

/** `numpy.random.default_rng(seeds).permutation(count)`, for seeds in 0..2³²−1. */
export function permutation(count: number, seeds: readonly number[]): Uint32Array {
  const next = pcg64(seeds);
  const order = Uint32Array.from({ length: count }, (_, place) => place);
  for (let place = count - 1; place > 0; place--) {
    const other = upTo(next, place);
    [order[place], order[other]] = [order[other]!, order[place]!];
  }
  return order;
}
