"""A site that passes every check, signed, with a page whose files have hashes:

to be tampered with.
"""

import base64
import dataclasses
import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any

from pipeline.checking.check import check_target
from pipeline.checking.findings import Report
from pipeline.signing.signer import Signer
from pipeline.site.releases import pin_version
from pipeline.system.json_records import to_json
from pipeline.versions import loadable
from tests.support.versions import Place, files_of, make_version, manifest_with, typed

HISTORY = 3  # versions that were live one after the other


def sealed_facts(weights: bytes) -> dict[str, Any]:
    """Fields that verification adds to the manifest of a version of `make_version`."""
    bare = typed(manifest_with(files_of(weights)))
    assert bare.verification
    [check] = bare.verification.checks
    both = tuple(dataclasses.replace(check, format=fmt.id) for fmt in bare.formats)
    sealed = loadable.sealed(bare, dataclasses.replace(bare.verification, checks=both))
    return {
        key: to_json(getattr(sealed, key))
        for key in ("formats", "verification", "default_format")
    }


def make_sealed(out: Path, weights: bytes = b"w1", **changes: Any) -> Path:
    """Commit a version whose derived facts are right; returns its folder."""
    return make_version(out, weights, **sealed_facts(weights), **changes)


def publish_checked(root: Path, key: Path | None = None) -> Place:
    """A site with three releases of one model, signed if there is a key, the last one
    pinned, and another model.
    """
    place = Place(root)
    module = b'import { part } from "./part-abcdefgh.js";' + b"//" * 1000
    digest = hashlib.sha384(module).digest()
    name = f"embed-{digest.hex()[:16]}.js"
    (place.web / "assets" / name).write_bytes(module)
    (place.web / "assets" / "part-abcdefgh.js").write_text("export const part = 1;")
    (place.web / "embed.js").write_text(
        'import "./assets/part-abcdefgh.js"; import "./assets/page-1.js";'
    )
    pin = f"sha384-{base64.b64encode(digest).decode()}"
    (place.web / "integrity.json").write_text(
        json.dumps({"embed.js": {"path": f"assets/{name}", "integrity": pin}})
    )
    signer = Signer.read(key) if key else None
    place.publish(b"other", key=key, name="other", **sealed_facts(b"other"))
    for number in range(HISTORY):
        weights = random.Random(number).randbytes(2000)
        version = place.publish(weights, key=key, **sealed_facts(weights)).version
    pin_version(place.site, place.out, "digits", version)
    assert (
        signer is None or len(list(place.site.glob("models/digits/*.sig"))) == HISTORY
    )
    return place


def problems(target: Path | str, **options: Any) -> list[str]:
    """The problems that a check finds, each in one line, with paths relative to the
    target.
    """
    return lines(check_target(str(target), **options), target)


def lines(report: Report, target: Path | str) -> list[str]:
    """The problems of a report, with paths relative to the target."""
    assert report.passed == (report.problems == [])
    prefix = re.escape(str(target).rstrip("/"))
    return [
        f"{re.sub(f'^{prefix}/?', '', path)} {problem}"
        for path, problem in report.problems
    ]
