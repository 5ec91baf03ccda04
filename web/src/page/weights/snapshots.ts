// The weights after each epoch, from history.json and snapshots.bin.
import { fail } from "../../runtime/errors.ts";
import type { LinearWeights } from "../../runtime/types.ts";
import type { History } from "../records.ts";

/**
 * The kernels of all epochs, inputs × outputs each, row by row.
 *
 * @throws ModelError `manifest`: the files do not match each other or the model.
 */
export function kernelsOf(history: History, bytes: Uint8Array, linear: LinearWeights): Float32Array[] {
  const { epochs } = history;
  const size = linear.kernel.length;
  const row = size + linear.bias.length;
  const rule = `history.json must describe snapshots as uint8, ${epochs.length} × ${row}`;
  const snapshots = history.snapshots ?? fail("manifest", rule, null);
  if (snapshots.dtype !== "uint8" || snapshots.shape.join() !== [epochs.length, row].join()) {
    fail("manifest", rule, snapshots);
  }
  if (bytes.length !== epochs.length * row) {
    fail("manifest", `snapshots.bin must contain ${epochs.length * row} bytes`, bytes.length);
  }
  const { scale, min } = snapshots;
  return epochs.map((_, index) =>
    Float32Array.from(bytes.subarray(index * row, index * row + size), (byte) => scale * byte + min),
  );
}
