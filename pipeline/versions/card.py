"""The files that a manifest is enough to write:

the card, `README.md`, by `card.md.j2`, and `judging.json`.
"""

import dataclasses
import hashlib
import re

from pipeline.records import FileDigest
from pipeline.system.json_records import dump_json
from pipeline.system.templates import render
from pipeline.versions.manifest import (
    CARD_NAME,
    JUDGING_NAME,
    InputSpec,
    Manifest,
    OutputSpec,
)

# The identifiers at huggingface.co/docs/hub/repositories-licenses that are SPDX's, in
# small letters.
_LICENSES = (
    "afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsl-1.0 bsd-2-clause bsd-3-clause"
    " bsd-3-clause-clear cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0"
    " cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0"
    " cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0"
    " cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0"
    " eupl-1.1 gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 osl-3.0"
    " postgresql ofl-1.1 ncsa unlicense zlib"
)


def with_rendered(manifest: Manifest) -> tuple[Manifest, dict[str, bytes]]:
    """The verified manifest with its card and judging.json listed, and their contents,
    by name.
    """
    contents = {
        CARD_NAME: render_card(manifest).encode(),
        JUDGING_NAME: render_judging(manifest).encode(),
    }
    digests = {
        path: hashlib.sha256(content).hexdigest() for path, content in contents.items()
    }
    card, judging = (
        FileDigest(path=path, bytes=len(contents[path]), sha256=digests[path])
        for path in contents
    )
    return dataclasses.replace(manifest, card=card, judging=judging), contents


def render_judging(manifest: Manifest) -> str:
    """Render judging.json, which load() fetches after its first prediction
    (web/src/runtime/judge.ts).
    """
    known, id_ = manifest.confidence, manifest.default_format
    checks = manifest.verification.checks if manifest.verification else ()
    judging = {
        "confidence": (
            known and {"temperature": known.temperature, "ceiling": known.ceiling}
        ),
        "files": {
            role: file
            for role, file in manifest.files.items()
            if role in ("familiar", "familiar_weights")
        },
        "probes": manifest.probes,
        "verification": {
            "checks": [
                {"format": id_, "limit": one.limit}
                for one in checks
                if one.format == id_
            ]
        },
    }
    return dump_json(judging, compact=True)


def render_card(manifest: Manifest) -> str:
    """The card as Markdown text, from a manifest of `pipeline build`, or the smaller
    one of `pipeline export`.
    """
    taken = manifest.input if isinstance(manifest.input, InputSpec) else None
    hub_license = re.sub("-(only|or-later)$", "", (manifest.license or "").lower())
    values = vars(manifest) | {
        "image": manifest.image,
        "input": taken,
        "output": manifest.output if isinstance(manifest.output, OutputSpec) else None,
        "shape": [1, *taken.shape] if taken and taken.shape else None,
        "checks": manifest.verification.checks if manifest.verification else (),
        "hub_license": hub_license if hub_license in _LICENSES.split() else None,
    }
    card = render("versions/card.md.j2", **values)
    # sections that are left out leave blank lines
    return re.sub(r"\n{3,}", "\n\n", card).strip() + "\n"
