"""The HTTP headers of a published site, in one table: it becomes the file `_headers`, which `pipeline serve` obeys too.

The patterns mean what Netlify and Cloudflare Pages both say: `:name` is one part of the path, `*` at the end the rest.
When several rules set the same header, Cloudflare joins the values with a comma and Netlify lets the last one win; and
for Netlify `/x/*` covers `/x` as well. So no two rules here set the same header for one path. That is why the version
folders, which never change, are matched by depth (`:file`, `:format/:file`): `/models/:name/:version/*` would also make
`/models/<name>/latest.json` immutable on Netlify, and a broader `*` would do so everywhere.
Nothing here forbids framing (frame-ancestors, X-Frame-Options): other pages show frame.html in an <iframe>. Where that
has no origin of its own (sandbox), its own script, style and models are requests from another origin, too.
'wasm-unsafe-eval' allows WebAssembly to be compiled, which slow models are tried on, and no text to be evaluated.
Hosts without `_headers` (GitHub Pages) ignore it: the page works there, with the host's own caching.
"""

import re
from collections.abc import Mapping

HEADERS_FILE = "_headers"  # of a site, for Netlify and Cloudflare Pages
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # a year: the name changes when the content does
_ASK_AGAIN = {"Cache-Control": "no-cache"}  # may be kept, but the host is asked each time whether it is still current
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}  # pages elsewhere may embed the model: nothing here is secret

HEADER_RULES: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "/*",
        {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    ),
    ("/", _ASK_AGAIN),
    ("/:file", _ASK_AGAIN),  # index.html, embed.js, load.js, frame.html and whatever else lies at the root
    ("/embed.js", _ANY_ORIGIN),
    ("/load.js", _ANY_ORIGIN),
    ("/frame.js", _ANY_ORIGIN),
    ("/integrity.json", _ANY_ORIGIN),
    # load.js and embed.js import what they need only sometimes from here; copies of both that pages pin lie here, too
    ("/assets/*", {**_FOR_EVER, **_ANY_ORIGIN}),
    ("/models/*", _ANY_ORIGIN),
    ("/models/:file", _ASK_AGAIN),  # index.json
    ("/models/:name/:file", _ASK_AGAIN),  # latest.json, history.json
    ("/models/:name/:version/:file", _FOR_EVER),
    ("/models/:name/:version/:format/:file", _FOR_EVER),
)


def headers_for(path: str) -> dict[str, str]:
    """The headers of a path below the site's root, e.g. "/index.html"."""
    return {
        header: value for pattern, rule in HEADER_RULES if _matches(pattern, path) for header, value in rule.items()
    }


def render_headers() -> str:
    """The content of the file `_headers`."""
    blocks = [
        "\n".join([pattern, *(f"  {header}: {value}" for header, value in rule.items())])
        for pattern, rule in HEADER_RULES
    ]
    return "\n\n".join(blocks) + "\n"


def _matches(pattern: str, path: str) -> bool:
    parts = re.split(r"(:[a-z]+|\*)", pattern)
    expression = "".join(
        ".*" if part == "*" else "[^/]+" if part.startswith(":") else re.escape(part) for part in parts
    )
    return re.fullmatch(expression, path) is not None
