"""The headers that a host is asked to send, as each host reads the rules."""

from pipeline.site.headers import (
    CONTENT_SECURITY_POLICY,
    HEADER_RULES,
    headers_for,
    render_headers,
)
from tests.support.versions import Place, snapshot


def netlify_matches(pattern: str, path: str) -> bool:
    """Netlify's reading:

    a final `*` also covers the folder itself, and a slash at the end does not matter.
    """
    parts, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if parts[-1] == "*":
        parts, given = parts[:-1], given[: len(parts) - 1]
    return len(parts) == len(given) and all(
        a == b or (a.startswith(":") and b) for a, b in zip(parts, given, strict=True)
    )


def test_no_two_rules_set_the_same_header_for_a_file_as_any_host_reads_them(
    place: Place,
) -> None:
    place.publish()
    for path in ["/", *(f"/{path}" for path in snapshot(place.site))]:
        names = [
            name
            for pattern, rule in HEADER_RULES
            if netlify_matches(pattern, path)
            for name in rule
        ]
        assert len(names) == len(set(names)), path
        assert set(names) == set(headers_for(path)), path


def test_immutable_files_are_cached_for_ever_and_pointers_never(place: Place) -> None:
    version = place.publish().version
    immutable = {
        path
        for path in snapshot(place.site)
        if "immutable" in headers_for(f"/{path}")["Cache-Control"]
    }
    assert immutable == {
        path
        for path in snapshot(place.site)
        if version in path or path.startswith("assets/")
    }
    for path in (
        "/",
        "/index.html",
        "/embed.js",
        "/sw.js",
        "/models/index.json",
        "/models/digits/latest.json",
    ):
        assert headers_for(path)["Cache-Control"] == "no-cache"
    # may be signed again
    assert headers_for("/models/digits/0123456789ab.sig")["Cache-Control"] == "no-cache"


def test_other_origins_may_use_the_embed_and_the_models_but_not_the_page() -> None:
    shared = (
        "embed.js load.js frame.js integrity.json assets/x.js models/index.json"
        " models/a/latest.json"
    )
    for path in [
        *shared.split(),
        "models/a/0123456789ab.sig",
        "models/a/0/f/model.json",
    ]:
        assert headers_for(f"/{path}")["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in headers_for(
        "/index.html"
    ) | headers_for("/")


def test_other_pages_may_frame_the_page_that_is_made_for_it() -> None:
    headers = headers_for("/frame.html")
    assert "X-Frame-Options" not in headers
    assert "frame-ancestors" not in headers["Content-Security-Policy"]
    assert "sandbox" not in headers["Content-Security-Policy"]


def test_the_headers_file_holds_the_strict_policy_and_no_line_that_a_host_would_cut() -> (
    None
):
    text = render_headers()
    assert f"/*\n  Content-Security-Policy: {CONTENT_SECURITY_POLICY}\n" in text
    sources = {
        part.split()[0]: {*part.split()[1:]}
        for part in CONTENT_SECURITY_POLICY.split("; ")
    }
    # WebAssembly may be compiled
    more = {
        "script-src": {"'wasm-unsafe-eval'"},
        "img-src": {"data:", "blob:"},
    }
    assert all(
        allowed - more.get(name, set()) <= {"'self'", "'none'"}
        for name, allowed in sources.items()
    )
    assert sources["worker-src"] == {"'self'"}  # for sw.js
    assert sources["default-src"] == {"'none'"}
    assert max(map(len, text.splitlines())) < 2000  # Cloudflare's limit
    # Cloudflare takes one
    assert all(pattern.count("*") <= 1 for pattern, _ in HEADER_RULES)
