"""The front matter of a model card, read by Hugging Face: the model's task, and its results as a `model-index`.

The YAML is written by hand on purpose: every leaf is JSON, a subset of YAML, so no quoting rules are needed.
"""

import json
from decimal import Decimal
from typing import Any

from pipeline.versions.manifest import Manifest


def front_matter(manifest: Manifest) -> str:
    """The front matter with its two `---` lines; only facts from the manifest."""
    metrics, data = manifest.metrics, manifest.data
    task = "image-classification" if manifest.labels and manifest.image else None
    # Facts about the model only: no license unless the manifest has one, no Hub data set for a user's own file.
    matter: dict[str, Any] = {
        "language": "en",
        "license": (manifest.license or "").lower() or None,  # the Hub has SPDX's identifiers in small letters
        "library_name": "keras",
        "pipeline_tag": task,
        "tags": ["keras", "tensorflowjs", *([task] if task else [])],
        "datasets": [data.name] if data and data.source not in ("file", "folder") else None,
        "metrics": ["accuracy"] if metrics else None,
    }
    if metrics and data and task:
        values = [
            {"type": "accuracy", "name": "Test accuracy", "value": metrics.test_accuracy},
            {"type": "loss", "name": "Test loss", "value": metrics.test_loss},
        ]
        result = {
            "task": {"type": task, "name": "Image classification"},
            "dataset": {"type": data.name, "name": data.name, "split": "test"},
            "metrics": values,
        }
        matter["model-index"] = [{"name": manifest.name, "results": [result]}]
    return "\n".join(["---", *_yaml({k: v for k, v in matter.items() if v is not None}), "---"])


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
