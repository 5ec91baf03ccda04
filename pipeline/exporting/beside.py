"""The files beside an exported model:

strings.json, its report, load.js with its parts, and a page that tries it.
"""

import dataclasses
import json
import shutil
from pathlib import Path

from pipeline.errors import ConversionError, PipelineError
from pipeline.exporting.folder import file_digest
from pipeline.exporting.model_manifest import Kind, build_manifest
from pipeline.exporting.report import REPORT_NAME, ExportReport
from pipeline.system.json_records import to_json
from pipeline.system.web_files import LICENSES, WEB, named_assets
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.strings.cut import Strings
from pipeline.versions.manifest import Manifest

LOAD = "load.js"
PACKAGE = (  # without it, Node.js reads load.js by the type of the package around it
    "package.json"
)
LARGEST = 2**22  # bytes that load() reads as JSON
PAGE = ("index.html", "page.css", "page.js", "worker.js")


def require_page() -> None:
    """Raise PipelineError if the page of an export is not built."""
    if missing := [
        path
        for path in (WEB / "site" / LOAD, *(WEB / "export" / name for name in PAGE))
        if not path.exists()
    ]:
        raise PipelineError(
            f"The page of an export must be built. Received: no {missing[0]}. Run `make"
            " web`, or leave the page out: --bare, in Python bare=True."
        )


def write_beside(
    folder: Path, manifest: Manifest, report: ExportReport, *, bare: bool
) -> Manifest:
    """Write the report, and unless `bare` what runs the model, into a folder; the
    manifest that lists them.
    """
    public = report.path.name if report.path.is_absolute() else str(report.path)
    details = report.details().replace(str(report.path), public)
    (folder / REPORT_NAME).write_text(f"{details}\n", encoding="utf-8")
    site, names = WEB / "site", [REPORT_NAME]
    if not bare:
        # whoever has an ONNX or LiteRT file imports its runtime: no page of ours does
        pages = () if manifest.formats[0].route in KINDS else PAGE
        # all: bundlers read also what nobody fetches
        assets = sorted({LICENSES, *named_assets(site, [site / LOAD])})
        (folder / "assets").mkdir()
        for path in (LOAD, *assets):
            shutil.copyfile(site / path, folder / path)
        for name in pages:
            shutil.copyfile(WEB / "export" / name, folder / name)
        (folder / PACKAGE).write_text('{ "type": "module" }\n', encoding="utf-8")
        names += [*pages, LOAD, PACKAGE, *assets]
    return dataclasses.replace(
        manifest, beside=tuple(file_digest(folder, name) for name in names)
    )


def write_strings(strings: Strings, folder: Path, kinds: list[Kind]) -> None:
    """Write strings.json, from which load() knows what becomes of strings;
    ConversionError where it is too long.
    """
    numbers = build_manifest(
        strings.numbers, name="", formats=(), image=None, environment={}, kinds=kinds
    )
    content = {
        "input": numbers.inputs,
        "output": numbers.outputs,
        "preparations": [
            {"from": one.source, "into": one.into, **one.options}
            for one in strings.layers
        ],
        "words": strings.words,
    }
    written = json.dumps(
        to_json(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()
    if len(written) > LARGEST:
        raise ConversionError(
            f"The vocabularies of '{strings.model.name}' must have at most {LARGEST:,}"
            f" bytes, which pages read. Received: {len(written):,}. Next step: use"
            " fewer words (max_tokens)."
        )
    (folder / "strings.json").write_bytes(written)
