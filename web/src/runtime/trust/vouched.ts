// Manifests that a page does not take on trust from their host: it pins their hash, or the key that
// signs them.
import { bypassingCache, digest, download, parseJson } from "../download.ts";
import { fail, ModelError } from "../errors.ts";
import { listed, type Listed } from "../manifest.ts";
import { has } from "../shape.ts";
import { same } from "../json.ts";
import { readPointer } from "../pointer.ts";
import type { Connection, FindVouched } from "../types.ts";
import { checkCounter, type Counters } from "./counters.ts";
import { PINNED, parseIntegrity, pinnedBytes } from "./integrity.ts";
import { importSigner, verifyBundle, type Signer } from "./signature.ts";

/** @param stored Where the highest counters are remembered; may throw. */
export const vouchedBy =
  (stored: () => Counters | undefined): FindVouched =>
  async (src, arrived, { integrity, key, format }, connection) => {
    const pin = integrity === undefined ? null : parseIntegrity(integrity);
    const signer = key === undefined ? null : await importSigner(key);
    const bytes = pin ? await pinnedBytes(src, arrived, pin, connection) : arrived;
    const json = parseJson(bytes, src);
    const pointer = readPointer(json, src);
    const url = pointer?.url ?? src;
    if (pin && pointer && (signer || format !== undefined || !pointer.manifest)) {
      fail(
        "integrity",
        `integrity must be that of ${url}, which ${src} only names`,
        integrity,
        undefined,
        PINNED,
      );
    }
    if (!signer) return { json: pointer ? pointer.manifest : json, url, expires: pointer?.expires };

    const whole = pointer ? await download(url, connection) : bytes;
    const { manifest, counter, expires } = await verify(whole, url, signer, connection);
    // The same key may sign other models and versions.
    const [, name, version] =
      /([^/]+)\/(?:latest|([0-9a-f]{12})\/manifest)\.json$/.exec(new URL(src).pathname) ?? [];
    const asked = [name ?? manifest.name, version ?? pointer?.version ?? manifest.version];
    const received = [manifest.name, manifest.version];
    if (!same(asked, received)) fail("integrity", `${src} must be ${asked.join(" ")}`, received);
    // A page that names a version wants it, however old.
    if (version) return { json: manifest, url };
    checkCounter(signer.id, manifest.name, counter, stored);
    return { json: manifest, url, expires: expires ?? pointer?.expires };
  };

/** Check that the key vouches for a manifest and for all files that it lists. */
async function verify(
  bytes: Uint8Array,
  url: string,
  signer: Signer,
  connection: Connection,
): Promise<{ manifest: Listed; counter: number; expires: unknown }> {
  const address = signatureOf(url);
  const bundle = await download(address, connection).catch((error: unknown) => {
    const { code, message } = error as ModelError;
    throw new ModelError(code, `With a key, a version must be signed. ${message}`, error);
  });
  const { files, counter, expires } = await verifyBundle(
    parseJson(bundle, address),
    address,
    signer,
  );
  const vouchesFor = (path: string, sha256: string): void => {
    const listed = files.get(path);
    if (listed !== sha256)
      fail("integrity", `${path} of ${url} must have the signed SHA-256`, { listed, sha256 });
  };
  let manifestBytes = bytes;
  if (files.get("manifest.json") !== (await digest(bytes, connection)))
    // The HTTP cache may hold what the host sent while somebody else controlled it.
    manifestBytes = await download(url, bypassingCache(connection));
  vouchesFor("manifest.json", await digest(manifestBytes, connection));
  const json = parseJson(manifestBytes, url);
  has(listed)(json, url);
  const manifest = json as Listed;
  for (const { path, sha256 } of manifest.formats.flatMap((format) => format.files))
    vouchesFor(path, sha256);
  return { manifest, counter, expires };
}

/** Beside the version's folder, which never changes, although it may be signed again. */
function signatureOf(url: string): string {
  const [, folder = ""] = /([^/]*)\/[^/]*$/.exec(new URL(url).pathname) ?? [];
  return new URL(`../${folder}.sig`, url).href;
}
