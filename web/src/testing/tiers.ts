// Three tiers of tests, as in tests/tiers.py: the environment's TIER is fast, test (the default) or
// all.

const TIERS = ["fast", "test", "all"] as const;

export const TIER = process.env["TIER"] ?? "test";
if (!TIERS.some((tier) => tier === TIER)) {
  throw new Error(`TIER must be one of ${TIERS.join(", ")}. Received: ${TIER}.`);
}

/**
 * Files that *fast* leaves out, and why. All others start no process, which no-process.ts enforces.
 */
export const LISTED: Readonly<Record<string, string>> = {
  "src/embed/memory.test.ts": "loads and disposes of models thousands of times",
  "src/embed/package.test.ts": "packs and installs the package, and compiles with it in processes",
  "src/runtime/tfjs/build.test.ts": "builds the parts with TensorFlow.js",
};

/** Files that share their process with no other, and why. */
export const ALONE: Readonly<Record<string, string>> = {
  "src/embed/memory.test.ts": "measures the memory of the process",
  "src/embed/package.test.ts":
    "takes about as long as all others, which another process runs meanwhile",
  "src/runtime/proof.test.ts": "puts another softmax in the place of the small engine's",
  "src/runtime/tfjs/backends.test.ts": "puts other backends in the place of TensorFlow.js' own",
  "src/runtime/tfjs/build.test.ts": "looks for what the built parts leave in the global object",
  "src/runtime/tfjs/wasm.test.ts":
    "starts a backend of TensorFlow.js, and expects that it was not started before",
};

/**
 * How many random inputs a fuzz test tries, or how often a test repeats: `most` in *all*, a fifth
 * of it before.
 */
export const runs = (most: number): number => (TIER === "all" ? most : Math.ceil(most / 5));

/**
 * More than so many of the inputs must get as far as a test wants them to: any, where few are
 * tried.
 */
export const reached = (many: number): number => (TIER === "all" ? many : 0);
