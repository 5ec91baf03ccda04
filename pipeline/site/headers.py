"""The HTTP headers of a published site in one table, used to write the file `_headers`
and by `pipeline serve`.

The patterns mean the same on Netlify and Cloudflare Pages: `:name` is one path segment,
a final `*` is the rest. When several rules set the same header, Cloudflare joins the
values with a comma and on Netlify the last one wins; on Netlify `/x/*` also covers
`/x`. So no two rules here set the same header for one path. That is why the immutable
version folders are matched by depth (`:file`, `:format/:file`):
`/models/:name/:version/*` would also make `/models/<name>/latest.json` immutable on
Netlify, and a broader `*` would do so everywhere. Nothing here forbids framing
(frame-ancestors, X-Frame-Options), because other pages show frame.html in an <iframe>.
In a sandboxed frame, which has an opaque origin, even its own script, style and models
are cross-origin requests. embed.html shows frame.html, which is why 'self' may be
framed here. 'wasm-unsafe-eval' permits compiling WebAssembly, which is tried for slow
models, but not evaluating text. Hosts that do not support `_headers` (GitHub Pages)
ignore it: the page works there, with the host's own caching.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

HEADERS_FILE = "_headers"  # at the site's root, read by Netlify and Cloudflare Pages
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
    " img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; manifest-src"
    " 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
# a year: the name changes when the content does
_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
# may be cached, but the host is asked each time whether it is current
_REVALIDATE = {"Cache-Control": "no-cache"}
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_HEADERS = (  # in the answer to OPTIONS: what such a page may send
    "Access-Control-Allow-Headers"
)
# pages elsewhere may embed the model: nothing here is secret
_ANY_ORIGIN = {ALLOW_ORIGIN: "*"}

# index.html, embed.js, load.js, frame.html and everything else at the root
HEADER_RULES: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "/*",
        {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    ),
    ("/", _REVALIDATE),
    (
        "/:file",
        _REVALIDATE,
    ),
    *(
        (path, _ANY_ORIGIN)
        for path in ("/embed.js", "/load.js", "/frame.js", "/integrity.json")
    ),
    # the parts that load.js and embed.js import on demand, and the copies of both that
    # pages pin
    ("/assets/*", {**_IMMUTABLE, **_ANY_ORIGIN}),
    ("/models/*", _ANY_ORIGIN),
    ("/models/:file", _REVALIDATE),  # index.json
    ("/models/:name/:file", _REVALIDATE),  # latest.json, history.json, <version>.sig
    ("/models/:name/:version/:file", _IMMUTABLE),
    ("/models/:name/:version/:format/:file", _IMMUTABLE),
)

# Not Python's table, which depends on the machine (the Windows registry often maps .js
# to text/plain).
CONTENT_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".sig": "application/json; charset=utf-8",  # signing/bundle.py
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_OTHER_TYPE = "application/octet-stream"


def headers_for(path: str) -> dict[str, str]:
    """The headers for a path from the site's root, e.g. "/index.html"."""
    rules = [rule for pattern, rule in HEADER_RULES if _matches(pattern, path)]
    return {header: value for rule in rules for header, value in rule.items()}


def content_type_for(name: str) -> str:
    """The type of a file, by the ending of its name."""
    return CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), _OTHER_TYPE)


def render_headers() -> str:
    """The content of the file `_headers`."""
    blocks = [
        "\n".join(
            [pattern, *(f"  {header}: {value}" for header, value in rule.items())]
        )
        for pattern, rule in HEADER_RULES
    ]
    return "\n\n".join(blocks) + "\n"


def _matches(pattern: str, path: str) -> bool:
    parts = re.split(r"(:[a-z]+|\*)", pattern)
    expression = [
        "[^/]+" if part.startswith(":") else ".*" if part == "*" else re.escape(part)
        for part in parts
    ]
    return re.fullmatch("".join(expression), path) is not None
