"""`pipeline check`: find out what a folder or an address holds, and check all of it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pipeline.checking.copies import check_copies
from pipeline.checking.file_model import check_file_model
from pipeline.checking.findings import Report
from pipeline.checking.models import check_model, check_models
from pipeline.checking.page import check_page, check_rest
from pipeline.checking.places import Folder, Missing, Place, Problem
from pipeline.checking.plain_model import MODEL_NAME, check_plain_model, load_required
from pipeline.checking.running import load, run_versions
from pipeline.checking.version import CheckedVersion, Trust, check_version
from pipeline.checking.web import Web
from pipeline.errors import DataError
from pipeline.signing.keys import read_public_key
from pipeline.site.built_page import INDEX_HTML
from pipeline.site.index import INDEX_NAME
from pipeline.system.progress import Progress, silent
from pipeline.tfjs.formats.kinds import kind_of
from pipeline.versions.manifest import LATEST_NAME, MANIFEST_NAME, VERSION_PATTERN

# by the file that a target names
_KINDS = {MANIFEST_NAME: "version", LATEST_NAME: "model", MODEL_NAME: "plain"}
_NAMES = (*_KINDS, INDEX_HTML)


def check_target(
    target: str, *, key: str | None = None, run: bool = False, model: Path | None = None, progress: Progress = silent
) -> Report:
    """Check a site, a store, a model in one of them, a version, an export, or any TensorFlow.js, ONNX or LiteRT model.

    Args:
        target: a folder, or the http(s) address of a site, of a model's latest.json, of a manifest.json or of the
            model.json, .onnx or .tflite file that another program wrote.
        key: the public key that must have signed what is live: `keys.read_public_key`.
        run: also run the recorded reference images in stock TensorFlow.js again.
        model: a Keras model file to compare with, on the reference images, or random inputs for an export.
        progress: called before what takes long.

    Raises:
        ConfigError: the key or the address cannot be used, or what runs such a file is not installed.
        DataError: the target cannot be read, or is none of these.
    """
    trust = Trust(key=None if key is None else read_public_key(key))
    with _opened(target) as (kind, place, path):
        report = Report(target=target, kind=kind)
        if kind == "plain":
            keras_model, file = load_required(target, model), kind_of(path)
            if file is None:
                check_plain_model(place, path, report, load(keras_model, progress), progress)
            else:
                file.require()
                check_file_model(place, path, file, report, load(keras_model, progress), progress)
            return report
        versions = _check(kind, place, path, report, trust)
        progress("comparing the compressed copies with their originals")
        check_copies(place, path, report)
        if run or model is not None:
            run_versions(place, versions, report, model=model, progress=progress)
    return report


def _check(kind: str, place: Place, path: str, report: Report, trust: Trust) -> list[CheckedVersion]:
    """Check what lies at a path of the place; returns the versions that are live, or the one that was asked for."""
    if kind == "site":
        default, live = check_models(place, "models", report, trust)
        check_page(place, report, default, live)
        check_rest(place, report)
        return live
    if kind == "store":
        names = sorted({file.partition("/")[0] for file in place.files() or () if "/" in file})
        found = [check_model(place, name, name, report, trust) for name in names]
    elif kind == "model":
        found = [check_model(place, path, path, report, trust)]
    else:
        found = [check_version(place, path, report, trust)]
    return [version for version in found if version]


@contextlib.contextmanager
def _opened(target: str) -> Iterator[tuple[str, Place, str]]:
    """What the target is, the place to read it from, and its path there.

    A model or version is read from the folder around it, where its signature lies.
    """
    with contextlib.ExitStack() as stack:

        def at(root: str) -> Place:
            if not is_web:
                return Folder(Path(root))
            work = stack.enter_context(tempfile.TemporaryDirectory(prefix="pipeline-check-"))
            return stack.enter_context(contextlib.closing(Web(root, Path(work))))

        is_web = "://" in target
        root, named = _root_of(target) if is_web else _folder_of(target)
        kind = "plain" if kind_of(named) else _KINDS.get(named) or _kind_of(at(root), target)
        if kind_of(named):
            yield "plain", at(f"{root.rstrip('/')}/"), named
        elif kind in ("site", "store"):
            yield kind, at(root), ""
        else:
            around, _, name = root.rstrip("/").rpartition("/")
            if kind == "version" and not VERSION_PATTERN.fullmatch(name):
                kind = "export"
            yield kind, at(f"{around}/"), name


def _root_of(address: str) -> tuple[str, str]:
    """The folder of an address, with a slash at its end, and the file in it that the address names, if any."""
    parts = urlsplit(address)
    folder, _, file = parts.path.rpartition("/")
    if file not in _NAMES and not kind_of(file):
        folder, file = parts.path.rstrip("/"), ""
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/", "", "")), file


def _folder_of(target: str) -> tuple[str, str]:
    path = Path(os.path.abspath(target))  # noqa: PTH100 (resolve() leaves links, beside which the signature lies)
    if not path.exists():
        raise DataError(f"There must be something to check. Received: {target}, where there is nothing. Correct it.")
    named = path.name if path.is_file() and (path.name in _NAMES or kind_of(path)) else ""
    return (path.parent if named else path).as_posix(), named


def _kind_of(place: Place, target: str) -> str:
    reasons = []
    for kind, file in (("site", f"models/{INDEX_NAME}"), *((kind, file) for file, kind in _KINDS.items())):
        try:
            place.fetch(file)
            return kind
        except Missing:
            continue
        except Problem as problem:
            reasons.append(f"{place.describe(file)} {problem}")
    files = place.files() or ()
    if any(file.startswith("models/") and file.endswith(f"/{LATEST_NAME}") for file in files):
        return "site"  # without its list of models, which will be reported
    if any(file.split("/")[2:] == [MANIFEST_NAME] or file.split("/")[1:] == [LATEST_NAME] for file in files):
        return "store"
    raise DataError(
        "Only a site, a store, a model in one of them, a version, an export, a model.json, or an .onnx or .tflite file "
        f"can be checked. Received: {target}, {f'where {reasons[0]}' if reasons else 'which is none of these'}. Pass "
        "another."
    )
