// Against signatures that OpenSSF model-signing itself made: tests/fixtures/make_signature.py.
import { describe, expect, test } from "vitest";
import known from "../../../../tests/fixtures/signature.json";
import { refusal } from "../../testing/refusal.ts";
import { bundleOf, makeKey } from "../../testing/signed.ts";
import { importSigner, verifyBundle } from "./signature.ts";

const { files, pem, other_keys: others, signatures } = known;
type Bundle = (typeof signatures)[number]["bundle"];
type Envelope = Bundle["dsseEnvelope"];
const spki = pem.replace(/-----[A-Z ]+-----|\s/g, "");
const bundleWith = (counter: unknown): Bundle =>
  structuredClone(signatures.find((signature) => signature.counter === counter)!.bundle);
const verify = async (bundle: unknown, key = pem) =>
  verifyBundle(bundle, "x.sig", await importSigner(key));

test.each([
  ["none, as model-signing writes it", null, 0],
  ["one", 7, 7],
  ["as `pipeline sign` writes it", 8, 8],
  ["the largest", 2 ** 53 - 1, 2 ** 53 - 1],
])("a signature with a counter: %s", async (_, counter, expected) => {
  const statement = await verify(bundleWith(counter));
  expect(Object.fromEntries(statement.files as Map<string, string>)).toEqual(files);
  expect(statement.counter).toBe(expected);
});

test("numbers of any length are read: half of all signatures have a longer one, one in a hundred a shorter one", async () => {
  const by = makeKey();
  const signer = await importSigner(by.key);
  for (let i = 0; i < 300; i++) {
    const bundle = JSON.parse(Buffer.from(bundleOf(new Map(), by, i + 1)).toString()) as unknown;
    expect((await verifyBundle(bundle, "x.sig", signer)).counter).toBe(i + 1);
  }
});

test.each([2 ** 53, 0, -1, 1.5, "7"])(
  "the counter %j is refused, although it is signed",
  async (counter) => {
    await expect(verify(bundleWith(counter))).rejects.toThrow(refusal("integrity"));
  },
);

describe("the key", () => {
  test.each([
    ["a PEM file", pem],
    ["its body", spki],
    ["with spaces around and in it", `  ${spki.slice(0, 40)}\n ${spki.slice(40)} `],
    ["for an address", spki.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")],
  ])("as %s", async (_, key) => {
    await expect(verify(bundleWith(7), key)).resolves.toMatchObject({ counter: 7 });
    expect((await importSigner(key)).id).toBe(spki);
  });

  test("is another", async () => {
    await expect(verify(bundleWith(7), others.secp256r1)).rejects.toThrow(refusal("integrity"));
  });

  test.each([
    ["nothing", ""],
    ["no base64", "{{ key }}"],
    ["of another curve", others.secp384r1],
    ["cut off", spki.slice(0, 60)],
    ["the text undefined", "undefined"],
  ])("is %s", async (_, key) => {
    await expect(importSigner(key)).rejects.toThrow(refusal("input"));
  });
});

describe("a bundle is refused", () => {
  const changed = (change: (envelope: Envelope, bundle: Bundle) => void): Bundle => {
    const bundle = bundleWith(7);
    change(bundle.dsseEnvelope, bundle);
    return bundle;
  };
  const flipped = (text: string, at: number): string => {
    const bytes = Buffer.from(text, "base64");
    bytes[at]! ^= 1;
    return bytes.toString("base64");
  };

  test("that is another JSON", async () => {
    for (const bundle of [
      null,
      3,
      "text",
      [],
      {},
      { dsseEnvelope: [] },
      { ...bundleWith(7), dsseEnvelope: null },
    ]) {
      await expect(verify(bundle)).rejects.toThrow(refusal("integrity"));
    }
  });

  test.each<[string, (envelope: Envelope, bundle: Bundle) => void]>([
    ["of another format", (_, bundle) => (bundle.mediaType = "application/json")],
    ["of another payload", (envelope) => (envelope.payloadType = "application/json")],
    ["without signatures", (envelope) => (envelope.signatures = [])],
    ["without a signature", (envelope) => (envelope.signatures = [{} as never])],
    ["whose signature is no base64", (envelope) => (envelope.signatures[0]!.sig = "?")],
    ["whose signature is empty", (envelope) => (envelope.signatures[0]!.sig = "")],
    ["whose payload is no base64", (envelope) => (envelope.payload = "?")],
    [
      "whose payload is another signature's",
      (envelope) => (envelope.payload = bundleWith(null).dsseEnvelope.payload),
    ],
  ])("%s", async (_, change) => {
    await expect(verify(changed(change))).rejects.toThrow(refusal("integrity"));
  });

  test("of which any bit is another, or the end of the signature is missing", async () => {
    const { payload, signatures } = bundleWith(7).dsseEnvelope;
    const sig = Buffer.from(signatures[0]!.sig, "base64");
    const bits = [...Buffer.from(payload, "base64").keys()].filter((at) => at % 7 === 0);
    for (const bundle of [
      ...bits.map((at) => changed((envelope) => (envelope.payload = flipped(payload, at)))),
      ...[...sig.keys()].flatMap((at) =>
        [flipped(sig.toString("base64"), at), sig.subarray(0, at).toString("base64")].map((text) =>
          changed(({ signatures: [one] }) => (one!.sig = text)),
        ),
      ),
    ]) {
      await expect(verify(bundle)).rejects.toThrow(refusal("integrity"));
    }
  });
});
