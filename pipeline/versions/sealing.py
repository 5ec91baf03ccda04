"""What verification adds to a manifest: each format's results, and which of them pages load by default."""

import dataclasses

from pipeline.records import ExportedFormat, Verification
from pipeline.versions.manifest import Manifest

# Share of test images on which a format must agree with Keras for pages to load it by default.
DEFAULT_AGREEMENT = 0.9999
PAGE_ROUTES = ("layers", "graph")  # what pages load, in TensorFlow.js


def sealed(manifest: Manifest, verification: Verification) -> Manifest:
    """The manifest with the results of verification, which must cover every format."""

    def measured(fmt: ExportedFormat) -> ExportedFormat:
        checks = [check for check in verification.checks if check.format == fmt.id]
        accuracies = [check.test_accuracy for check in checks if check.test_accuracy is not None]
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
    """The smallest verified format that agrees with Keras, layers before graph; None if there is none for pages."""
    checks = manifest.verification.checks if manifest.verification else ()

    def is_faithful(fmt: ExportedFormat) -> bool:
        own = [check for check in checks if check.format == fmt.id]
        return bool(own) and all(check.passed and check.argmax_agreement >= DEFAULT_AGREEMENT for check in own)

    faithful = [fmt for fmt in manifest.formats if fmt.route in PAGE_ROUTES and is_faithful(fmt)]
    return min(faithful, key=lambda fmt: (fmt.route != "layers", fmt.bytes), default=None)
