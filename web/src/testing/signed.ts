// Signatures in the form of OpenSSF model-signing, made in the test; tests/fixtures/signature.json
// has its own.
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { ROOT } from "./published.ts";

const PAYLOAD = "application/vnd.in-toto+json";

export interface TestKey {
  /** As an element's attribute holds it. */
  readonly key: string;
  readonly privateKey: KeyObject;
}

export function makeKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { key: publicKey.export({ type: "spki", format: "der" }).toString("base64"), privateKey };
}

/** A site of `publish` with the signature of its version. */
export function signed(
  site: ReadonlyMap<string, Uint8Array>,
  by: TestKey,
  counter?: number,
  version = "0123456789ab",
  expires?: string,
): Map<string, Uint8Array> {
  const folder = `${ROOT}${version}`;
  const inside = [...site].filter(([url]) => url.startsWith(`${folder}/`));
  const files = new Map(inside.map(([url, content]) => [url.slice(folder.length + 1), content]));
  return new Map(site).set(`${folder}.sig`, bundleOf(files, by, counter, expires));
}

/** @param files Path in the version's folder → content. */
export function bundleOf(
  files: ReadonlyMap<string, Uint8Array>,
  { privateKey }: TestKey,
  counter?: number,
  expires?: string,
): Uint8Array {
  const resources = [...files].map(([name, content]) => ({
    name,
    algorithm: "sha256",
    digest: digestOf(content),
  }));
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [],
    predicateType: "https://model_signing/signature/v1.0",
    predicate: { serialization: { method: "files" }, resources, counter, expires },
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const encoded = Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD.length} ${PAYLOAD} ${payload.length} `),
    payload,
  ]);
  const bundle = {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: { publicKey: { hint: "" }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString("base64"),
      payloadType: PAYLOAD,
      signatures: [{ sig: sign("sha256", encoded, privateKey).toString("base64"), keyid: "" }],
    },
  };
  return Buffer.from(JSON.stringify(bundle));
}

const digestOf = (content: Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");
