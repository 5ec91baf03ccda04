"""Compare how a host sends the files of a site with the headers that a site asks for."""

import re
import secrets

from pipeline.checking.findings import Report
from pipeline.checking.web import Web
from pipeline.site.built_page import INDEX_HTML
from pipeline.site.compress import LEAST
from pipeline.site.headers import ALLOW_ORIGIN, headers_for

STALE = 600  # seconds for which a pointer may be kept without asking


def check_host(web: Web, report: Report) -> None:
    """Add a problem for what browsers refuse, and advice for what costs visitors time or other pages the model."""
    problems, advice = [], dict[str, str]()
    for path, (sent, size, is_packed) in web.answers.items():
        wanted, caching = headers_for(f"/{path}"), sent.get("Cache-Control", "")
        age = re.search(r"max-age=(\d+)", caching)
        seconds = 0 if not age or re.search("no-cache|no-store", caching) else int(age[1])
        is_fixed = "immutable" in wanted.get("Cache-Control", "")
        if path.endswith(".js") and "javascript" not in sent.get_content_type():
            problems.append((path, f"comes as {sent.get_content_type()}, which browsers do not run as a script"))
        costs = {
            f"other sites cannot embed it: {ALLOW_ORIGIN}: * is missing": ALLOW_ORIGIN in wanted
            and sent.get(ALLOW_ORIGIN) != "*",
            "is fetched again at each visit: a long Cache-Control is missing": is_fixed and seconds < STALE,
            f"may be out of date: Cache-Control keeps it for {seconds:,} s": not is_fixed and seconds > STALE,
            "comes without compression": is_packed is False and size >= LEAST and not path.endswith(".bin"),
            "has no Content-Security-Policy": path == INDEX_HTML and "Content-Security-Policy" not in sent,
        }
        for cost in (cost for cost, applies in costs.items() if applies):
            advice.setdefault(cost, path)  # one file as an example
    missing = f"models/no-such-file-{secrets.token_hex(4)}"
    if 200 <= (status := web.status(missing)) < 300:
        problems.append((missing, f"is answered with {status} instead of 404, so what is missing looks like a file"))
    report.add("host", "headers", f"{len(web.answers)} files are sent as browsers need them", problems)
    report.advice += [(report.describe(path), cost) for cost, path in advice.items()]
