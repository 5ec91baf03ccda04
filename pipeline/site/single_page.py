"""The whole page in one HTML file, packed: unpacked it would be three times as large.

What comes out is the page of a site with a `fetch` that finds its files in the file itself (web/src/single/). Large
files are left out, which the page says in its last panel.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.site.page_words import name_page
from pipeline.versions.manifest import Manifest

# Keys of the manifest's files that come along: what the answers and "How good" say. With the default model the file has
# 227 kB; the next ones, test images, would make it larger than 250 kB, the training images larger than 600 kB.
_KEPT = ("evaluation", "history", "familiar", "familiar_pictures")


@dataclass(frozen=True, kw_only=True)
class Built:
    """What `make web` built for single files, in `folder`."""

    folder: Path
    suffix: str  # of the scripts: "-tfjs" for those with TensorFlow.js
    licenses: str  # of the work of others in these

    def read(self, name: str) -> str:
        """The text of a file; `{}` in its name stands for the suffix. FileNotFoundError if it is not built."""
        return (self.folder / name.format(self.suffix)).read_text(encoding="utf-8")

    @property
    def notice(self) -> str:
        """The licenses as an element that shows and does nothing."""
        return f'<script type="text/plain" id="licenses">\n{self.licenses}</script>\n' if self.licenses else ""

    def policy(self, scripts: Iterable[str], style: str) -> str:
        """The element that allows these and nothing else: not even the page itself can be made to ask for anything.

        What runs convolutions may compile WebAssembly, which is in the script.
        """
        allowed = " ".join([*map(_hash, scripts), *(["'wasm-unsafe-eval'"] if self.suffix else [])])
        return (
            f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src {allowed}; '
            f"style-src {_hash(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'\">"
        )


def whole(built: Built, folder: Path, manifest: Manifest, files: dict[str, bytes], base_url: str | None) -> str:
    """The page as the text of one file.

    Args:
        built: its parts.
        folder: of the version or export.
        manifest: of the same.
        files: what a page loads of it, by path.
        base_url: where the owner says that the site is hosted.
    """
    kept = {key: manifest.files[key].path for key in _KEPT if key in manifest.files}
    files = {**files, **{path: (folder / path).read_bytes() for path in kept.values()}}
    root = f"{manifest.name}/{manifest.version}"
    address = {} if base_url is None else {"base_url": base_url}
    index = {**address, "models": [{"name": manifest.name, "path": f"{root}/manifest.json"}]}
    texts, binaries = {"models/index.json": json.dumps(index)}, {}
    for path, content in files.items():
        if path.endswith(".json"):
            texts[f"models/{root}/{path}"] = content.decode()
        else:
            binaries[f"models/{root}/{path}"] = base64.b64encode(content).decode()
    without = ["embed.js", *(key for key in manifest.files if key not in kept)]
    held = json.dumps({"texts": texts, "binaries": binaries, "without": without}, ensure_ascii=False)
    style, script, unpack = built.read("page.css"), built.read("page{}.js"), built.read("unpack.js")
    packed = json.dumps({"style": style, "held": held, "script": script}, ensure_ascii=False).encode()
    body = base64.b64encode(gzip.compress(packed, mtime=0)).decode()
    page = name_page(built.read("page.html").encode(), manifest, base_url).decode()
    page = page.replace("<!-- policy -->", built.policy([unpack, script], style))
    end = f'{built.notice}<script type="text/plain" id="packed">{body}</script>\n<script>{unpack}</script>'
    return page.replace("<!-- packed -->", end)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
