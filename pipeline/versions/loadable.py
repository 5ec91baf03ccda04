"""Which format of a version pages load by default, and its files, for what shows them
without a site.

Verification adds to a manifest each format's results, by which the default is chosen.
"""

import dataclasses
import re
from pathlib import Path

from pipeline.errors import ConfigError, DataError
from pipeline.records import ExportedFormat, Verification
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, read_manifest
from pipeline.versions.store import difference

# Share of test images on which a format must agree with Keras for pages to load it by
# default.
DEFAULT_AGREEMENT = 0.9999
PAGE_ROUTES = ("layers", "graph")  # what pages load, in TensorFlow.js


def plain_name(given: str) -> str:
    """The name of a file or of a Keras model, which may be any text, as load() takes it
    (`isName` in TypeScript).
    """
    plain = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", given)
    return (
        given
        if plain
        else re.sub(r"[^A-Za-z0-9_.-]+", "-", given).strip("-.") or "model"
    )


def loadable_files(folder: Path) -> tuple[dict[str, bytes], str, tuple[int, ...]]:
    """The files that a page would load of a version or an export, by path; the id of
    their format; the input's shape.

    Raises ConfigError for what is no image classifier or has no format that agrees with
    Keras, DataError for a file that cannot be read or is not as the manifest says, and
    PublishError for a manifest that cannot be used.
    """
    manifest = read_manifest(folder / MANIFEST_NAME)
    if reason := why_not_drawn(manifest):
        raise ConfigError(
            f"Only image classifiers can be shown. Received: {manifest.name}: {reason}"
        )
    fmt = _format_of(manifest, folder)
    files = {}
    try:
        for file in fmt.files:
            files[file.path] = (folder / file.path).read_bytes()
            if wrong := difference(folder / file.path, file):
                raise DataError(
                    f"{folder} must be as its manifest says. Received: {file.path}"
                    f" {wrong}. Export it again."
                )
        files[MANIFEST_NAME] = (folder / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise DataError(
            f"{folder} must be readable. Received: {error}. Export it again."
        ) from error
    # none is missing
    return (
        files,
        fmt.id,
        tuple(size for size in manifest.inputs[0].shape if size),
    )


def why_not_drawn(manifest: Manifest) -> str | None:
    """Why nobody can draw for the model, with the next step, in words that begin with
    "it"; None if they can.
    """
    inputs, outputs = manifest.inputs, manifest.outputs
    if not any(fmt.route in PAGE_ROUTES for fmt in manifest.formats):
        return (
            f"pages load TensorFlow.js models, and it is {manifest.formats[0].route}."
            " Export it as a layers-model."
        )
    if len(inputs) != 1 or len(outputs) != 1:
        counts = (
            f"{len(inputs)} input{'s'[: len(inputs) != 1]} and {len(outputs)}"
            f" output{'s'[: len(outputs) != 1]}"
        )
        return f"it has {counts}, and a drawing is one input with one answer."
    (taken,), (answered,) = inputs, outputs
    if taken.dtype == "string":
        return "it takes strings."
    if manifest.preprocess is None or taken.image is None:
        return (
            "it takes no images, or does not say how a drawing or photo becomes the"
            " input. If it takes images, export it with preprocess (--preprocess)."
        )
    if None in taken.shape:
        return (
            f"its input must have a fixed size, not {taken.shape}. Fix the input size."
        )
    if answered.kind != "probabilities":
        if not manifest.labels:
            return (
                "its layers do not tell that it answers with probabilities. If it does,"
                " export it with --labels."
            )
        model = (
            f"x = keras.Input({taken.shape}); keras.Model(x,"
            " keras.layers.Softmax()(model(x)))"
        )
        return (
            "it does not answer with probabilities. End the model in a softmax:"
            f" {model}."
        )
    if answered.shape != (len(manifest.labels),):
        count = " × ".join(map(str, answered.shape))
        return (
            f"it has {len(manifest.labels) or 'no'} labels for its {count} answers:"
            " export it with --labels."
        )
    return None


def _format_of(manifest: Manifest, folder: Path) -> ExportedFormat:
    """The default format, as pages load it; else the only one, since there is no
    choice.
    """
    named = [fmt for fmt in manifest.formats if fmt.id == manifest.default_format]
    found = (
        named or [fmt for fmt in [choose_default(manifest)] if fmt] or manifest.formats
    )
    if len(found) != 1:
        raise ConfigError(
            f"A format must agree with Keras. Received: {folder}, where none of"
            f" {len(found)} does. Build it again."
        )
    return found[0]


def sealed(manifest: Manifest, verification: Verification) -> Manifest:
    """The manifest with the results of verification, which must cover every format."""

    def measured(fmt: ExportedFormat) -> ExportedFormat:
        checks = [check for check in verification.checks if check.format == fmt.id]
        accuracies = [
            check.test_accuracy for check in checks if check.test_accuracy is not None
        ]
        return dataclasses.replace(
            fmt,
            test_accuracy=min(accuracies, default=None),
            argmax_agreement=min(check.argmax_agreement for check in checks),
            max_abs_diff=max(check.max_abs_diff for check in checks),
        )

    formats = tuple(measured(fmt) for fmt in manifest.formats)
    verified = dataclasses.replace(manifest, formats=formats, verification=verification)
    default = choose_default(verified)
    return dataclasses.replace(verified, default_format=default.id if default else None)


def choose_default(manifest: Manifest) -> ExportedFormat | None:
    """The smallest verified format that agrees with Keras, layers before graph; None if
    there is none for pages.
    """
    checks = manifest.verification.checks if manifest.verification else ()

    def is_faithful(fmt: ExportedFormat) -> bool:
        own = [check for check in checks if check.format == fmt.id]
        return bool(own) and all(
            check.passed and check.argmax_agreement >= DEFAULT_AGREEMENT
            for check in own
        )

    faithful = [
        fmt for fmt in manifest.formats if fmt.route in PAGE_ROUTES and is_faithful(fmt)
    ]
    return min(
        faithful, key=lambda fmt: (fmt.route != "layers", fmt.bytes), default=None
    )
