// Which model frame.html shows: always one of its own site, whatever its address says. No DOM.

/** A folder's name as the pipeline creates it: neither ".." nor an escaped slash. */
const NAME = "[a-z0-9][a-z0-9._-]*";
const POINTER = new RegExp(`^${NAME}/(latest|${NAME}/manifest)\\.json$`);

/**
 * The address of a `latest.json` or of a version's `manifest.json`.
 *
 * @param query `model`: a model's name. `src`: such an address itself, relative to the site.
 * @param site Address of the site, with a slash at its end.
 * @throws Error The query does not name a model of this site; the message says how to name one.
 */
export function addressOf(query: URLSearchParams, site: string): string {
  const models = `${site}models/`;
  const [model, src] = [query.get("model"), query.get("src")];
  const address = model === null ? resolved(src ?? "", site) : `${models}${model}/latest.json`;
  if (address.startsWith(models) && POINTER.test(address.slice(models.length))) return address;
  throw new Error(
    `This frame shows the models of its own site. Received: ${query.toString() || "no model"}. ` +
      "Name one: frame.html?model=NAME, or frame.html?src=models/NAME/VERSION/manifest.json for one version.",
  );
}

function resolved(address: string, base: string): string {
  return URL.canParse(address, base) ? new URL(address, base).href : "";
}
