"""`pipeline check`: find out what a folder or an address holds, and check all of it."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlunsplit

from pipeline.checking.browser import prepare
from pipeline.checking.findings import FOREIGN, Report, check_copies
from pipeline.checking.folder import Folder, Missing, Problem
from pipeline.checking.foreign import MODEL_NAME, check_foreign
from pipeline.checking.models import (
    CheckedVersion,
    Key,
    check_model,
    check_models,
    check_version,
)
from pipeline.checking.page import check_host, check_page, check_rest
from pipeline.checking.running import load, run_versions
from pipeline.checking.web import Place, Web, parse_address, read_json
from pipeline.errors import ConfigError, DataError
from pipeline.signing.keys import read_public_key
from pipeline.site.index import INDEX_NAME
from pipeline.site.page import DEPLOYED, INDEX_HTML
from pipeline.system.progress import Progress, silent
from pipeline.tfjs.formats.kinds import kind_of
from pipeline.tfjs.parity.user_samples import load_samples
from pipeline.versions.manifest import LATEST_NAME, MANIFEST_NAME, VERSION_PATTERN

# by the file that a target names
_KINDS = {MANIFEST_NAME: "version", LATEST_NAME: "model", MODEL_NAME: "plain"}
_NAMES = (*_KINDS, INDEX_HTML)
# a file of a model in a store inside a store, by which the model is found
_IN_A_STORE = re.compile(f"([^/]+/[^/]+)/{LATEST_NAME}")
# a file of a model in a store
_OF_A_MODEL = re.compile(
    f"([^/]+)/({LATEST_NAME}|[^/]+/{MANIFEST_NAME}|{VERSION_PATTERN.pattern}/.*)"
)


def check_target(
    target: str,
    *,
    key: str | None = None,
    run: bool = False,
    model: Path | None = None,
    samples: Any = None,
    runtime: str | None = None,
    backend: str | None = None,
    progress: Progress = silent,
) -> Report:
    """Check a site, a store, a model in one of them, a version, an export, or any
    TensorFlow.js, ONNX or LiteRT model.

    The arguments are the options of `pipeline check`; `runtime` is that of `--in`.

    Raises:
        ConfigError: the key or the address cannot be used, or what runs such a file is
        not installed.
        DataError: the target cannot be read, or is none of these.
    """
    trusted = None if key is None else read_public_key(key)
    named = _split(target)[1] or MODEL_NAME
    of_one_file = samples is not None or bool(runtime or backend)
    refused = ConfigError(
        "--in, --backend and --samples compare one file of a model with the Keras"
        f" model. Received: {target}, {model or 'no --model'}. Next step: name a"
        " model.json, .tflite or .onnx file, and pass --model FILE."
    )
    if of_one_file and (model is None or not (named == MODEL_NAME or kind_of(named))):
        raise refused
    browser = prepare(named, runtime, backend) if runtime or backend else None
    with _opened(target) as (kind, place, path):
        report = Report(target=target, kind=kind, describe=place.describe)
        if kind != "plain" and of_one_file:
            raise refused
        if kind == "plain":
            if model is None:
                raise ConfigError(
                    "A model without a manifest records no answers to check. Received:"
                    f" {target}. Pass the Keras model that it was made from: --model"
                    " FILE."
                )
            if file := kind_of(path):
                file.require()
            samples = load_samples(samples)
            check_foreign(
                place, path, report, load(model, progress), samples, browser, progress
            )
            return report
        versions = _check(kind, place, path, report, trusted)
        progress("comparing the compressed copies with their originals")
        check_copies(place, path, report)
        if isinstance(place, Web) and kind == "site":
            check_host(place, report)
        if run or model is not None:
            run_versions(versions, report, model=model, progress=progress)
    return report


def _check(
    kind: str, place: Place, path: str, report: Report, key: Key
) -> list[CheckedVersion]:
    """Check a path of the place; returns the versions that are live, or the requested
    one.
    """
    if kind == "site":
        index, live = check_models(place, "models", report, key)
        check_page(place, report, index, live)
        check_rest(place, report, FOREIGN)
        return live
    if kind == "store":
        found = [
            check_model(place, folder, folder.rpartition("/")[2], report, key)
            for folder in _models_in(place)
        ]
    elif kind == "model":
        found = [check_model(place, path, path, report, key)]
    else:
        found = [check_version(place, path, report, key)]
    check_rest(place, report, "is read by no check", path)
    return [version for version in found if version]


@contextlib.contextmanager
def _opened(target: str) -> Iterator[tuple[str, Place, str]]:
    """Yield the target's kind, the place to read it from, and its path there.

    A model or version is read from the folder around it, where its signature lies.
    """
    with contextlib.ExitStack() as stack:

        def at(root: str) -> Place:
            if "://" not in target:
                return Folder(Path(root))
            work = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="pipeline-check-")
            )
            return stack.enter_context(contextlib.closing(Web(root, Path(work))))

        root, named = _split(target)
        kind = (
            "plain"
            if kind_of(named)
            else _KINDS.get(named) or _kind_of(at(root), target)
        )
        around, _, name = root.rstrip("/").rpartition("/")
        if kind in ("site", "store"):
            yield kind, at(root), ""
        elif kind == "plain":
            yield kind, at(root), named or MODEL_NAME
        else:
            is_export = kind == "version" and not VERSION_PATTERN.fullmatch(name)
            yield "export" if is_export else kind, at(f"{around}/"), name


def _split(target: str) -> tuple[str, str]:
    """The folder of a target, with a slash at its end, and the file in it that the
    target names, if any.
    """
    parts = parse_address(target) if "://" in target else None
    # resolve() would leave links, beside which the signature lies
    path = parts.path if parts else Path(os.path.abspath(target)).as_posix()  # noqa: PTH100
    if not parts and not Path(path).exists():
        raise DataError(
            f"Nothing to check: {target} must be a folder, a file or an address."
            " Received: a path that does not exist. Pass another; an address begins"
            " with http:// or https://."
        )
    folder, _, file = path.rpartition("/")
    if not (file in _NAMES or kind_of(file)) or not (parts or Path(path).is_file()):
        folder, file = path.rstrip("/"), ""
    return (
        urlunsplit((parts.scheme, parts.netloc, f"{folder}/", "", ""))
        if parts
        else f"{folder}/"
    ), file


def _kind_of(place: Place, target: str) -> str:
    """The kind of a folder, by the files in it."""
    reason, step = "which is none of these", "Pass another"
    if place.files() is None:
        reason = "where nothing of the kind was found (404)"
        step = (
            "Pass the address of the site's folder, such as https://example.org/site/"
        )
    for file, kind in ((f"models/{INDEX_NAME}", "site"), *_KINDS.items()):
        try:
            place.fetch(file)
            return kind
        except Missing:
            continue
        except Problem as problem:
            reason = f"where {place.describe(file)} {problem}"
    if any(
        re.fullmatch(f"models/.+/{LATEST_NAME}", file) for file in place.files() or ()
    ):
        return "site"  # without its list of models, which will be reported
    with contextlib.suppress(Problem):
        if read_json(place, DEPLOYED, lambda record: record["unfinished"]):
            return "site"  # its first deployment was killed
    if _models_in(place):
        return "store"
    raise DataError(
        "Only a site, a store, a model in one of them, a version, an export, a"
        f" model.json, or an .onnx or .tflite file can be checked. Received: {target},"
        f" {reason}. {step}."
    )


def _models_in(place: Place) -> list[str]:
    """The folders of the models of a store: those with a pointer or a version, and
    those with a pointer in a store inside it, such as exported_models/example.
    """
    models = set()
    for file in place.files() or ():
        found = _OF_A_MODEL.fullmatch(file) or _IN_A_STORE.fullmatch(file)
        if found:
            models.add(found[1])
    return sorted(models)
