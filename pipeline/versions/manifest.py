"""`manifest.json`, through which alone facts cross from Python to JavaScript: reading it safely, and the version id.

The writer is the export stage. Readers get a plain dict whose keys have been checked here, so that nobody else has to.
"""

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import PublishError

Manifest = dict[str, Any]

SCHEMA = 1
MANIFEST_NAME = "manifest.json"
CARD_NAME = "README.md"
VERSION_PATTERN = re.compile(r"[0-9a-f]{12}")

_NUMBER = (int, float)
_KIND_NAMES = {dict: "an object", list: "a list", str: "text", int: "a whole number", float: "a number", bool: "a bool"}
_REQUIRED: dict[str, tuple[type, ...]] = {"name": (str,), "version": (str,), "created": (str,), "formats": (list,)}
# `pipeline export` knows nothing about a model's training or labels, so these may be absent or null.
_OPTIONAL: dict[str, tuple[type, ...]] = {
    "labels": (list,),
    "input": (dict, list),
    "output": (dict, list),
    "linear": (bool,),
    "preprocess": (dict,),
    "skipped_formats": (dict,),
    "verification": (dict,),
    "metrics": (dict,),
    "gates": (list,),
    "training": (dict,),
    "data": (dict,),
    "recipe": (dict,),
    "environment": (dict,),
    "git_commit": (str,),
    "files": (dict,),
}
_FORMAT: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "route": (str,),
    "dtype": (str,),
    "path": (str,),
    "bytes": (int,),
    "files": (list,),
}
_FILE: dict[str, tuple[type, ...]] = {"path": (str,), "bytes": (int,), "sha256": (str,)}
_CLASS: dict[str, tuple[type, ...]] = {"label": (str,), "recall": _NUMBER, "support": (int,)}
_CHECK: dict[str, tuple[type, ...]] = {
    "format": (str,),
    "runtime": (str,),
    "samples": (int,),
    "max_abs_diff": _NUMBER,
    "limit": _NUMBER,
    "argmax_agreement": _NUMBER,
    "passed": (bool,),
}


def load_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        PublishError: it cannot be read, is not JSON, has another schema, or lacks something that others rely on.
    """
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not JSON ({error})"
        raise PublishError(f"Cannot read the manifest {path}: {reason}. Export or publish this model again.") from error
    try:
        _check(manifest)
    except ValueError as error:
        raise PublishError(f"{path} is not a usable manifest: {error}. Export this model again.") from error
    checked: Manifest = manifest
    return checked


def listed_files(manifest: Manifest) -> list[dict[str, Any]]:
    """Every file of the version, as {"path", "bytes", "sha256"}; manifest and card themselves are not among them."""
    formats = [file for entry in manifest["formats"] for file in entry["files"]]
    return [*formats, *(manifest.get("files") or {}).values()]


def accuracy_of(manifest: Manifest) -> float | None:
    """The accuracy on the test images, 0..1; None when the model was exported without being evaluated."""
    metrics = manifest.get("metrics")
    return float(metrics["test_accuracy"]) if metrics else None


def version_id(manifest: Manifest) -> str:
    """The version as 12 hexadecimal digits, derived from what makes the model this model.

    In: schema, name, labels, input, output, preprocess, the digests of the layers-model files (weights and topology),
    which formats and which other files there are, the resolved recipe, the digest of the data, seed and epochs. Of a
    model that has only other formats, the digests of those, so that the weights always count.

    Out, because it differs between two runs that make the same model: created, seconds, device, environment and
    git_commit; the graph-model's bytes (the official converter promises no stable order) and model.keras (a zip with
    timestamps); and what is computed from the model: metrics, gates, verification, the other files' bytes.
    """
    formats = manifest["formats"]
    hashed = [f for f in formats if f["route"] == "layers"] or formats
    training, data = manifest.get("training") or {}, manifest.get("data") or {}
    identity = {
        **{key: manifest.get(key) for key in ("schema", "name", "labels", "input", "output", "preprocess", "recipe")},
        "formats": sorted(f["id"] for f in formats),
        "files": {file["path"]: file["sha256"] for f in hashed for file in f["files"]},
        # Their kinds alone: else a version without them, from an older release, would stand in for this one for ever.
        "other_files": sorted(manifest.get("files") or {}),
        "data": data.get("digest"),
        "seed": training.get("seed"),
        "epochs": training.get("epochs"),
    }
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON: JavaScript cannot read it")


def _check(manifest: Any) -> None:
    _expect(manifest, (dict,), "it")
    if manifest.get("schema") != SCHEMA:
        raise ValueError(f"this release reads schema {SCHEMA}. Received: schema {manifest.get('schema')!r}")
    _expect_keys(manifest, _REQUIRED, "")
    for key, kinds in _OPTIONAL.items():
        if manifest.get(key) is not None:
            _expect(manifest[key], kinds, key)
    if not VERSION_PATTERN.fullmatch(manifest["version"]):
        raise ValueError(f"version must be 12 hexadecimal digits. Received: {manifest['version']!r}")
    for i, label in enumerate(manifest.get("labels") or []):
        _expect(label, (str,), f"labels[{i}]")
    for i, entry in enumerate(manifest["formats"]):
        _expect_keys(entry, _FORMAT, f"formats[{i}].")
        for j, file in enumerate(entry["files"]):
            _expect_file(file, f"formats[{i}].files[{j}].")
        if entry["path"] not in {file["path"] for file in entry["files"]}:
            raise ValueError(f"formats[{i}].path must be one of its files. Received: {entry['path']!r}")
    for key, file in (manifest.get("files") or {}).items():
        _expect_file(file, f"files.{key}.")
    if manifest.get("metrics") is not None:
        _check_metrics(manifest["metrics"])
    if manifest.get("verification") is not None:
        _expect_keys(manifest["verification"], {"checks": (list,)}, "verification.")
        for i, check in enumerate(manifest["verification"]["checks"]):
            _expect_keys(check, _CHECK, f"verification.checks[{i}].")
    for i, gate in enumerate(manifest.get("gates") or []):
        _expect_keys(gate, {"name": (str,), "passed": (bool,)}, f"gates[{i}].")


def _check_metrics(metrics: Any) -> None:
    _expect_keys(metrics, {"test_accuracy": _NUMBER}, "metrics.")
    interval = metrics.get("test_accuracy_interval") or [0, 1]
    _expect(interval, (list,), "metrics.test_accuracy_interval")
    if len(interval) != 2:
        raise ValueError(f"metrics.test_accuracy_interval must be two numbers. Received: {interval!r:.80}")
    for i, end in enumerate(interval):
        _expect(end, _NUMBER, f"metrics.test_accuracy_interval[{i}]")
    for i, entry in enumerate(metrics.get("per_class") or []):
        _expect_keys(entry, _CLASS, f"metrics.per_class[{i}].")


def _expect_file(file: Any, where: str) -> None:
    _expect_keys(file, _FILE, where)
    path = PurePosixPath(file["path"])
    # The paths are joined to folders that are written to: nothing may lead out of the version, or hide in it.
    unsafe = path.is_absolute() or "\\" in file["path"] or ":" in file["path"] or str(path) != file["path"]
    if unsafe or any(part.startswith(".") for part in path.parts) or str(path) in (MANIFEST_NAME, CARD_NAME):
        raise ValueError(f"{where}path must stay inside the version's folder. Received: {file['path']!r}")


def _expect_keys(value: Any, keys: dict[str, tuple[type, ...]], where: str) -> None:
    _expect(value, (dict,), where.rstrip(".") or "it")
    for key, kinds in keys.items():
        if key not in value:
            raise ValueError(f"{where}{key} is missing")
        _expect(value[key], kinds, f"{where}{key}")


def _expect(value: Any, kinds: tuple[type, ...], where: str) -> None:
    # bool is a subclass of int in Python, but true is not a number in JSON
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(_KIND_NAMES[kind] for kind in kinds if not (kind is int and float in kinds))
        raise ValueError(f"{where} must be {wanted}. Received: {value!r:.80}")
