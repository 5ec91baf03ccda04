// Files that the pipeline has compressed with gzip.
import { fail, ModelError } from "../runtime/errors.ts";

/**
 * @param name The file's name, for messages.
 * @throws ModelError `integrity`: it is not a gzip file; `unsupported`: this browser cannot decompress it.
 */
export async function gunzip(compressed: Uint8Array, name: string): Promise<Uint8Array> {
  // Despite the types, browsers released before 2023 do not have it.
  if (!("DecompressionStream" in globalThis)) {
    throw new ModelError(
      "unsupported",
      `${name} must be decompressed with gzip. Received: a browser that cannot. Use a newer one.`,
    );
  }
  try {
    const stream = new Blob([compressed as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    return fail("integrity", `${name} must be a gzip file`, error, error);
  }
}
