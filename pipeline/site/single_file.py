"""One HTML file with the pad, its code and a model:

it opens by a double click, and asks for nothing.
"""

import base64
import hashlib
import json
from pathlib import Path

from pipeline.errors import PublishError, disk_error
from pipeline.system.files import require_replaceable, write_files_atomically
from pipeline.system.outside import escape_html
from pipeline.versions.loadable import loadable_files
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, read_manifest

# Layers and activations of our own engine (web/src/runtime/dense/). None merges, so
# these form the chain it needs.
_LAYERS = ("InputLayer", "Dropout", "Flatten", "Dense")
_ACTIVATIONS = ("elu", "linear", "relu", "sigmoid", "softmax", "tanh")
_MARK = (  # in every file that is written here
    b'<script type="application/json" id="model">'
)
_STYLE = (
    ":root{color-scheme:light dark}body{font:100%/1.5"
    " system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0"
    " 1rem}h1{font-size:1.4rem}"
)


def write_single_file(folder: Path, out: Path, web: Path) -> None:
    """Write one HTML file with the version or export in `folder`, using the built page
    in `web`.

    Raises ConfigError or DataError for a model that cannot be shown, see
    `loadable_files`, and PublishError if the page is not built, or `out` cannot be
    written or is somebody's.
    """
    files, format_id, _ = loadable_files(folder)
    manifest = read_manifest(folder / MANIFEST_NAME)
    dense = _runs_without_tfjs(
        files[next(fmt.path for fmt in manifest.formats if fmt.id == format_id)]
    )
    try:
        script = (
            web.parent / "single" / f"single{'' if dense else '-tfjs'}.js"
        ).read_text(encoding="utf-8")
        licenses = (
            ""
            if dense
            else (web / "assets" / "LICENSES.txt").read_text(encoding="utf-8")
        )
    except FileNotFoundError as error:
        raise PublishError(
            f"The page is not built: {error.filename} is missing. Run `make web`."
        ) from error
    text = _pad(manifest, files, format_id, script, licenses)
    try:
        require_replaceable(out)
        content = out.read_bytes() if out.exists() else b""
        if content and _MARK not in content:
            raise PublishError(
                "A single file must replace nothing but an earlier one. Received:"
                f" {out}, which this pipeline did not write. Nothing was changed. Pass"
                " another path, or move that file away."
            )
        write_files_atomically([(out, text.encode())])
    except OSError as error:
        raise disk_error(error, out) from error


def _runs_without_tfjs(model_json: bytes) -> bool:
    """True if our own engine runs the model.

    For others that it might run, TensorFlow.js only makes the file larger.
    """
    topology = json.loads(model_json).get("modelTopology", {})
    layers = topology.get("model_config", {}).get("config", {}).get("layers", [])
    return bool(layers) and all(
        layer["class_name"] in _LAYERS
        and layer["config"].get("activation", "linear") in _ACTIVATIONS
        for layer in layers
    )


def _pad(
    manifest: Manifest,
    files: dict[str, bytes],
    format_id: str,
    script: str,
    licenses: str,
) -> str:
    """The file's text. Its policy allows its own script and style and nothing else, so
    it can ask for nothing.

    A file with convolutions comes with licenses and may compile WebAssembly, which is
    in the script.
    """
    wasm = " 'wasm-unsafe-eval'" if licenses else ""
    policy = (
        f"default-src 'none'; script-src {_hash(script)}{wasm}; style-src"
        f" {_hash(_STYLE)}; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    notice = (
        f'<script type="text/plain" id="licenses">\n{licenses}</script>\n'
        if licenses
        else ""
    )
    encoded = {
        path: base64.b64encode(content).decode() for path, content in files.items()
    }
    held = json.dumps({"format": format_id, "files": encoded}).replace("<", "\\u003c")
    title = escape_html(manifest.title or manifest.name)
    noun = escape_html(manifest.noun or "drawing")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<sketch-classifier alt="{title}: draw one {noun}">
The drawing pad needs JavaScript.
</sketch-classifier>
</main>
{notice}<script type="application/json" id="model">{held}</script>
<script>{script}</script>
</body>
</html>
"""


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
