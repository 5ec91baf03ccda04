// Files that the pipeline has compressed with gzip.
import { fail } from "../runtime/errors.ts";

/**
 * @param name The file's name, for messages.
 * @throws ModelError `integrity`: it is not a gzip file.
 */
export async function gunzip(compressed: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    const stream = new Blob([compressed as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    return fail("integrity", `${name} must be a gzip file`, error, error);
  }
}
