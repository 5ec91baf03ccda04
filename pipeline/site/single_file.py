"""One HTML file with the pad or the page, its code and a model: it opens by a double click, and asks for nothing."""

import base64
import json
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.records import PublishedSite
from pipeline.site.index import read_index
from pipeline.site.single_page import Built, whole
from pipeline.system.files import write_files_atomically
from pipeline.system.html import escaped
from pipeline.versions.loadable import loadable_files
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, read_manifest

# What our own engine runs (web/src/runtime/dense/). Without layers that merge, these make a chain, as it wants one.
_LAYERS = ("InputLayer", "Dropout", "Flatten", "Dense")
_ACTIVATIONS = ("elu", "linear", "relu", "sigmoid", "softmax", "tanh")
# One of these is in every file that this or an earlier release wrote.
_MARKS = (b'<script type="application/json" id="model">', b'<script type="text/plain" id="packed">')
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:100%/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}"
)


def require_replaceable(out: Path) -> None:
    """Raise PublishError if a file is there that is neither empty nor an earlier one of ours."""
    content = out.read_bytes() if out.is_file() else b""
    if content and not any(mark in content for mark in _MARKS):
        raise PublishError(
            f"A single file must replace nothing but an earlier one. Received: {out}, which this pipeline did not "
            "write. Nothing was changed. Pass another path, or move that file away."
        )


def write_beside(published: PublishedSite, out: Path, web: Path, *, whole_page: bool = False) -> None:
    """Write one HTML file with the version that was just published; arguments and errors as `write_single_file`."""
    base_url = read_index(Path(published.site_dir) / "models").base_url
    write_single_file(Path(published.export_dir), out, web, whole_page=whole_page, base_url=base_url)


def write_single_file(
    folder: Path, out: Path, web: Path, *, whole_page: bool = False, base_url: str | None = None
) -> None:
    """Write one HTML file with the version or export in `folder`, using the built page in `web`.

    Args:
        folder: of the version or export.
        out: the file.
        web: the built page.
        whole_page: the page with its panels, as far as `single_page.py` says, instead of the pad alone.
        base_url: where the owner says that the site is hosted, to which the page then refers.

    Raises ConfigError or DataError for a model that cannot be shown, see `loadable_files`, and PublishError if the page
    is not built, or `out` cannot be written or is somebody's.
    """
    files, format_id, _ = loadable_files(folder)
    manifest = read_manifest(folder / MANIFEST_NAME)
    dense = _runs_without_tfjs(files[next(fmt.path for fmt in manifest.formats if fmt.id == format_id)])
    try:
        licenses = "" if dense else (web / "assets" / "LICENSES.txt").read_text(encoding="utf-8")
        read = Built(folder=web.parent / "single", suffix="" if dense else "-tfjs", licenses=licenses)
        text = whole(read, folder, manifest, files, base_url) if whole_page else _pad(read, manifest, files, format_id)
    except FileNotFoundError as error:
        raise PublishError(f"The page is not built: {error.filename} is missing. Run `make web`.") from error
    try:
        require_replaceable(out)
        write_files_atomically([(out, text.encode())])
    except OSError as error:
        raise PublishError(f"Cannot write {out} ({error.strerror}). Next step: choose another file.") from error


def _runs_without_tfjs(model_json: bytes) -> bool:
    """Whether our own engine runs the model; it may run others, too, for which TensorFlow.js is only larger."""
    topology = json.loads(model_json).get("modelTopology", {})
    layers = topology.get("model_config", {}).get("config", {}).get("layers", [])
    known = [
        layer["class_name"] in _LAYERS and layer["config"].get("activation", "linear") in _ACTIVATIONS
        for layer in layers
    ]
    return bool(known) and all(known)


def _pad(built: Built, manifest: Manifest, files: dict[str, bytes], format_id: str) -> str:
    script = built.read("single{}.js")
    encoded = {path: base64.b64encode(content).decode() for path, content in files.items()}
    held = json.dumps({"format": format_id, "files": encoded}).replace("<", "\\u003c")
    title = escaped(manifest.title or manifest.name)
    noun = escaped(manifest.noun or "drawing")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{built.policy([script], _STYLE)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<sketch-classifier alt="{title}: draw one {noun}">The drawing pad needs JavaScript.</sketch-classifier>
</main>
{built.notice}<script type="application/json" id="model">{held}</script>
<script>{script}</script>
</body>
</html>
"""
