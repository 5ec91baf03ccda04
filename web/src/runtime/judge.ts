// Judge an answer: how often such answers are right, and whether the drawing is like what the model
// knows.
import { downloadFile, parseJson } from "./download.ts";
import { fail } from "./errors.ts";
import { distanceOf, familiarFrom, type Familiar, type Rule } from "./familiar.ts";
import { JUDGING_BYTES } from "./limits.ts";
import { isName, type FileDigest, type Manifest } from "./manifest.ts";
import { proveClassifier } from "./proof.ts";
import type { Confidence } from "./schema.ts";
import type { Connection, FetchJudge } from "./types.ts";

/**
 * How often such answers are right: the share of the largest probability, all of them raised to the
 * power of 1 / temperature, but at most the ceiling. The twin of pipeline/quality/confidence.py.
 */
export function confidenceOf(
  probabilities: Float32Array,
  { temperature, ceiling }: Pick<Confidence, "temperature" | "ceiling">,
): number {
  const most = probabilities.reduce((a, b) => Math.max(a, b), 0);
  return Math.min(
    ceiling ?? 1,
    1 / probabilities.reduce((sum, share) => sum + (share / most) ** (1 / temperature), 0),
  );
}

/** True if a time is over; false if it is no time. */
export const isOver = (time: unknown): boolean => Date.parse(String(time)) < Date.now();

export const fetchJudge: FetchJudge = async (model, options, extras, engine, use) => {
  const { url, expires } = model;
  const { fetch = globalThis.fetch } = options;
  if (isOver(expires)) {
    console.warn(
      `${url} was to be renewed by ${expires!}, so its host may show an old version. Publish it again.`,
    );
  }
  const connection: Connection = { fetch, extras, signal: new AbortController().signal };
  const read: Read = async (file) => {
    if (!isName(file.path))
      fail("manifest", `In ${url} files must be inside the version's folder`, file.path);
    if (!(file.bytes <= JUDGING_BYTES))
      fail("manifest", `${file.path} must have at most ${JUDGING_BYTES} bytes`, file.bytes);
    return downloadFile(new URL(file.path, url).href, file, connection, () => undefined);
  };
  const { judging } = model.manifest; // of a latest.json, which leaves to it what judges
  const late =
    judging && !("probes" in model.manifest) ? parseJson(await read(judging), url) : null;
  const manifest = { ...model.manifest, ...(late as Manifest | null) };
  const { confidence } = manifest;
  proveClassifier(model, manifest, options, connection, engine, use);
  // then only that is not known
  const familiar = await fetchFamiliar(manifest, read).catch(() => null);
  return ({ probabilities, input }) => {
    const distance = familiar && distanceOf(familiar, input);
    return {
      confidence: confidence ? confidenceOf(probabilities, confidence) : null,
      familiarity: distance === null ? null : { distance, isFamiliar: distance < 1 },
    };
  };
};

type Read = (file: FileDigest) => Promise<Uint8Array>;
async function fetchFamiliar(
  { input: { image }, files }: Manifest,
  read: Read,
): Promise<Familiar | null> {
  const [about, weights] = [files?.["familiar"], files?.["familiar_weights"]];
  if (!image || !about || !weights) return null;
  const [record, bytes] = await Promise.all([read(about), read(weights)]);
  return familiarFrom(parseJson(record, about.path) as Rule, bytes, image);
}
