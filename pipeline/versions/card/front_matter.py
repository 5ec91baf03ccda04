"""The front matter of a model card, read by Hugging Face: the model's task, and its results as a `model-index`.

The Hub refuses a card whose license or data sets it does not know, so these are its own identifiers. The YAML is
written by hand on purpose: every leaf is JSON, a subset of YAML, so no quoting rules are needed.
"""

import json
import re
from decimal import Decimal
from typing import Any

from pipeline.versions.manifest import Manifest

_DATA_SETS = {"mnist": ("ylecun/mnist", "MNIST")}  # of ours: what it is on the Hub, and how people write it
# The identifiers at huggingface.co/docs/hub/repositories-licenses that are SPDX's, in small letters.
_LICENSES = (
    "afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsl-1.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear cc0-1.0 cc-by-2.0 "
    "cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 "
    "cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 "
    "cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 gpl-2.0 gpl-3.0 "
    "lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib"
)


def front_matter(manifest: Manifest) -> str:
    """The front matter with its two `---` lines; only facts from the manifest."""
    metrics, data = manifest.metrics, manifest.data
    task = "image-classification" if manifest.labels and manifest.image else None
    # Facts about the model only: no license unless the manifest has one, no Hub data set for a user's own file.
    known = _DATA_SETS.get(data.name) if data and data.source not in ("file", "folder") else None
    matter: dict[str, Any] = {
        "language": "en",
        **_license(manifest.license),
        "library_name": "keras",
        "pipeline_tag": task,
        "tags": ["keras", "tensorflowjs", *([task] if task else [])],
        "datasets": [known[0]] if known else None,
        "metrics": ["accuracy"] if metrics else None,
    }
    if metrics and data and task:
        values = [
            {"type": "accuracy", "name": "Test accuracy", "value": metrics.test_accuracy},
            {"type": "loss", "name": "Test loss", "value": metrics.test_loss},
        ]
        kind, name = known or (data.name, data.name)
        result = {
            "task": {"type": task, "name": "Image classification"},
            "dataset": {"type": kind, "name": name, "split": "test"},
            "metrics": values,
        }
        matter["model-index"] = [{"name": manifest.name, "results": [result]}]
    return "\n".join(["---", *_yaml({k: v for k, v in matter.items() if v is not None}), "---"])


def _license(spdx: str | None) -> dict[str, str]:
    if not spdx:
        return {}
    hub = re.sub("-(only|or-later)$", "", spdx.lower())
    return {"license": hub} if hub in _LICENSES.split() else {"license": "other", "license_name": spdx}


def _yaml(value: Any, indent: str = "") -> list[str]:
    """Nested dicts and lists as block YAML; the leaves are JSON, a subset of YAML."""
    lines = []
    if isinstance(value, dict):
        for key, inner in value.items():
            nested = isinstance(inner, dict | list)
            lines += (
                [f"{indent}{key}:", *_yaml(inner, indent + "  ")] if nested else [f"{indent}{key}: {_scalar(inner)}"]
            )
        return lines
    for inner in value:
        block = _yaml(inner, indent + "  ") if isinstance(inner, dict | list) else [_scalar(inner)]
        lines += [f"{indent}- {block[0].lstrip()}", *block[1:]]
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"  # YAML 1.1 parsers read 1e-05, without a point, as text
    # Escape characters that YAML forbids or folds (control characters, line separators); the rest stays readable.
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
