// Which model frame.html shows: only models of its own site, whatever the address says. No DOM.

/** A folder name as the pipeline creates it: neither ".." nor an escaped slash. */
const NAME = "[a-z0-9][a-z0-9._-]*";
const POINTER = new RegExp(`^${NAME}/(latest|${NAME}/manifest)\\.json$`);

/**
 * The URL of a `latest.json` or of a version's `manifest.json`.
 *
 * @param query `model`: the name of a model. `src`: such a URL, relative to the site.
 * @param site URL of the site, with a trailing slash.
 * @throws Error The query does not name a model of this site; the message says how to name one.
 */
export function addressOf(query: URLSearchParams, site: string): string {
  const models = `${site}models/`;
  const [model, src] = [query.get("model"), query.get("src")];
  const address = model === null ? resolved(src ?? "", site) : `${models}${model}/latest.json`;
  if (address.startsWith(models) && POINTER.test(address.slice(models.length))) return address;
  throw new Error(
    `A frame must name a model of its own site. Received: ${query.toString() || "no model"}. ` +
      "Use frame.html?model=NAME, or frame.html?src=models/NAME/VERSION/manifest.json for one version.",
  );
}

function resolved(address: string, base: string): string {
  return URL.canParse(address, base) ? new URL(address, base).href : "";
}
