// Signatures as OpenSSF model-signing 1.x writes them with an elliptic curve key: a Sigstore bundle
// with a DSSE envelope, in which an in-toto statement lists the digest of every file of a folder.
import { parseJson } from "../download.ts";
import { fail } from "../errors.ts";
import { asRecord, isShape } from "../json.ts";
import { FROM_KEYGEN, fromBase64, toBase64 } from "./base64.ts";
import { requireSubtle, type Subtle } from "./subtle.ts";

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PAYLOAD = "application/vnd.in-toto+json";
const STATEMENT = "https://in-toto.io/Statement/v1";
const PREDICATE = "https://model_signing/signature/v1.0";
const P256 = { name: "ECDSA", namedCurve: "P-256" };
/** Bytes of each of a P-256 signature's two numbers. */
const SIZE = 32;
const AGAIN = "Copy the key again, or sign it again";

export interface Signer {
  readonly subtle: Subtle;
  readonly key: Awaited<ReturnType<Subtle["importKey"]>>;
  /** The same for every spelling of the key. */
  readonly id: string;
}

export interface Statement {
  /** Path in the version's folder → SHA-256 in hex. */
  readonly files: ReadonlyMap<unknown, unknown>;
  /** Grows with every signature of the same model; 0 where the signature has none. */
  readonly counter: number;
  /** Until when its owner says that the version is the newest. */
  readonly expires: unknown;
}

/**
 * @param key The public key: SPKI in base64, as in a PEM file.
 * @throws ModelError `input`: anything else; `integrity`: on plain http.
 */
export async function importSigner(key: string): Promise<Signer> {
  const subtle = requireSubtle("A key");
  const der = fromBase64(key, "input", "key");
  try {
    return {
      subtle,
      key: await subtle.importKey("spki", der, P256, false, ["verify"]),
      id: toBase64(der),
    };
  } catch (error) {
    const received = der.length > 0 ? `${der.length} bytes of something else` : "nothing";
    return fail(
      "input",
      "key must be a public key of the curve P-256",
      received,
      error,
      FROM_KEYGEN,
    );
  }
}

/**
 * Verify a bundle.
 *
 * @param url Its address, for messages.
 * @throws ModelError `integrity`: not such a bundle, or not signed with this key.
 */
export async function verifyBundle(
  bundle: unknown,
  url: string,
  { key, subtle }: Signer,
): Promise<Statement> {
  const { mediaType, dsseEnvelope } = asRecord(bundle);
  const { payload, payloadType, signatures } = asRecord(dsseEnvelope);
  if (mediaType !== BUNDLE || payloadType !== PAYLOAD || !Array.isArray(signatures)) {
    return fail("integrity", `${url} must be a signature of OpenSSF model-signing`, [
      mediaType,
      payloadType,
    ]);
  }
  const content = fromBase64(payload, "integrity", `The payload of ${url}`);
  const signature = fromDer(
    fromBase64(asRecord(signatures[0])["sig"], "integrity", `The signature in ${url}`),
  );
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  if (!signature || !(await subtle.verify(algorithm, key, signature, encode(content)))) {
    fail("integrity", `${url} must be signed with the key`, "another signature", undefined, AGAIN);
  }
  return readStatement(parseJson(content, url), url);
}

/** DSSE's pre-authentication encoding: what is signed. */
function encode(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`DSSEv1 ${PAYLOAD.length} ${PAYLOAD} ${payload.length} `);
  const all = new Uint8Array(head.length + payload.length);
  all.set(head);
  all.set(payload, head.length);
  return all;
}

/**
 * From DER, which openssl writes, to the two numbers side by side, which WebCrypto takes. Null if
 * it is not that.
 */
function fromDer(der: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const numbers = new Uint8Array(2 * SIZE);
  let start = 2;
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  for (const end of [SIZE, 2 * SIZE]) {
    const [tag, length = 0] = der.subarray(start);
    const number = der.subarray((start += 2), (start += length));
    const digits = number.subarray(number[0] === 0 ? 1 : 0);
    if (tag !== 2 || number.length !== length || digits.length > SIZE) return null;
    numbers.set(digits, end - digits.length);
  }
  return start === der.length ? numbers : null;
}

function readStatement(json: unknown, url: string): Statement {
  const { _type: type, predicateType, predicate } = asRecord(json);
  const { resources, counter, expires } = asRecord(predicate);
  const counts = counter === undefined || isShape([counter]);
  if (type !== STATEMENT || predicateType !== PREDICATE || !Array.isArray(resources) || !counts) {
    return fail("integrity", `${url} must list digests of files, and count in whole numbers`, {
      type,
      predicateType,
      counter,
    });
  }
  const sha256 = resources.map(asRecord).filter(({ algorithm }) => algorithm === "sha256");
  return {
    files: new Map(sha256.map(({ name, digest }) => [name, digest])),
    counter: (counter ?? 0) as number,
    expires,
  };
}
