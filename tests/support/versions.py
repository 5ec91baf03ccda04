"""Small versions and a small built page for tests of store, publish, serve and card:

real files, no model.
"""

import gzip
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.publication import publish_site
from pipeline.records import PublishedSite
from pipeline.signing.signer import Signer
from pipeline.site.compress import is_copy
from pipeline.site.pruning import prune
from pipeline.site.releases import rollback
from pipeline.system.json_records import from_json, to_json
from pipeline.versions import store
from pipeline.versions.card import with_rendered
from pipeline.versions.manifest import Manifest, version_id
from pipeline.versions.ownership import PAGE_MARK

METRICS: dict[str, Any] = {
    "test_images": 1000, "test_loss": 0.1534, "test_accuracy": 0.9561, "test_accuracy_interval": [0.9415, 0.9672],
    "expected_calibration_error": 0.0123,
    "per_class": [{"label": "0", "precision": 0.98, "recall": 0.99, "support": 300}, {"label": "1", "precision": 0.91,
        "recall": 0.97, "support": 400}, {"label": "2", "precision": None, "recall": 0.9, "support": 300}],
}  # fmt: skip

needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs fork and SIGKILL"
)


# The fields that `pipeline build` writes into each manifest.
MANIFEST = Path(__file__).with_name("manifest.json").read_text()
# The committed example: the folder of its model, and that of its version.
[EXAMPLE_MODEL] = (Path(__file__).parents[2] / "exported_models/example").glob("*/")
EXAMPLE = EXAMPLE_MODEL / str(
    json.loads((EXAMPLE_MODEL / "latest.json").read_bytes())["version"]
)


def manifest_with(files: dict[str, bytes], **changes: Any) -> dict[str, Any]:
    """A complete manifest, as `pipeline build` writes it, of a version with these
    files.
    """

    def digest(path: str) -> dict[str, Any]:
        return {
            "path": path,
            "bytes": len(files[path]),
            "sha256": hashlib.sha256(files[path]).hexdigest(),
        }

    def described(name: str, route: str) -> dict[str, Any]:
        own = [digest(path) for path in files if path.startswith(f"{name}/")]
        size = sum(file["bytes"] for file in own)
        known = {
            "id": name,
            "route": route,
            "dtype": name.split("-")[1],
            "path": f"{name}/model.json",
            "bytes": size,
        }
        return (
            known
            | {"files": own}
            | dict.fromkeys(("test_accuracy", "argmax_agreement", "max_abs_diff"))
        )

    manifest = json.loads(MANIFEST)
    manifest["metrics"] = json.loads(files["evaluation.json"])
    manifest["training"]["weights_digest"] = manifest["metrics"]["weights_digest"]
    manifest["data"]["digest"] = "ab" * 32
    manifest["formats"] = [
        described("layers-float32", "layers"),
        described("graph-float32", "graph"),
    ]
    manifest["files"] = {key: digest(path) for key, path in manifest["files"].items()}
    return sealed(manifest | changes)


def sealed(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the id that follows from it, and with the digests of its card
    and judging.json.
    """
    manifest = manifest | {"version": version_id(typed(manifest))}
    listed = with_rendered(typed(manifest))[0]
    return manifest | {"card": to_json(listed.card), "judging": to_json(listed.judging)}


def typed(manifest: dict[str, Any]) -> Manifest:
    """The manifest as the pipeline reads it."""
    return from_json(Manifest, manifest, ignore_unknown=True)


def problems_of(folder: Path) -> list[str]:
    """List what is wrong with a version; empty when all is well."""
    try:
        store.open_version(folder)
    except store.DamagedVersion as error:
        return error.problems
    return []


def files_of(weights: bytes) -> dict[str, bytes]:
    """The files of a version; they depend on the weights."""
    return {
        "layers-float32/model.json": b'{"format": "layers-model"}',
        "layers-float32/group1-shard1of1.bin": weights,
        "graph-float32/model.json": b'{"format": "graph-model"}',
        "model.keras": b"keras " + weights,
        "evaluation.json": (
            json.dumps(
                {**METRICS, "weights_digest": hashlib.sha256(weights).hexdigest()}
            ).encode()
        ),
        "film.bin": b"bytes of " + weights,
    }


def fill(folder: Path, files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Write a version into a folder."""
    for path, content in (files | with_rendered(typed(manifest))[1]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def make_version(out: Path, weights: bytes = b"w1", **changes: Any) -> Path:
    """Commit a version to a store as the pipeline does; returns its folder."""
    files = files_of(weights)
    manifest = manifest_with(files, **changes)
    staging = store.new_staging(out, manifest["name"])
    fill(staging, files, manifest)
    return store.commit(staging, out).folder


def make_web(web: Path, build: str = "1", padding: int = 0) -> Path:
    """A built page with hashed assets, as `make web` leaves it; its page and script are
    so many characters longer.
    """
    script = f"assets/page-{build}.js"
    (web / "assets" / "parts").mkdir(parents=True, exist_ok=True)
    (web / script).write_text(f"export const build = {build!r};{'/' * padding}")
    (web / "assets" / "parts" / f"style-{build}.css").write_text("body {}")
    (web / "assets" / "LICENSES.txt").write_text("of others")
    (web / "embed.js").write_text(f'import "./{script}";')
    (web / "favicon.svg").write_text("<svg/>")
    (web / "sw.js").write_text(f"const build = {build!r};")
    (web / "index.html").write_text(
        f'<link rel="stylesheet" href="./assets/parts/style-{build}.css"><script'
        f' src="./{script}"></script><noscript><a {PAGE_MARK} href="models/">its model'
        f" card</a></noscript>{' ' * padding}"
    )
    return web


def check_site(site: Path) -> dict[str, str]:
    """Assert that a site works for a visitor; returns the live version of each model,
    {} for an empty site.
    """
    live: dict[str, str] = {}
    for pointer in site.glob("models/[a-z0-9]*/latest.json"):
        known = json.loads(pointer.read_bytes())
        version = known["version"]
        assert problems_of(pointer.parent / version) == []
        assert (pointer.parent / version / "README.md").read_text().startswith("---\n")
        assert known.get("manifest", known)["version"] == version
        history = json.loads((pointer.parent / "history.json").read_bytes())
        # the last one may only have been announced
        assert version in [entry["version"] for entry in history[-2:]]
        live[pointer.parent.name] = version
    index = site / "models" / "index.json"
    if index.exists():
        document = json.loads(index.read_bytes())
        assert document["models"][0]["name"] == document["default"]
        for row in document["models"]:
            assert row["name"] in live
            assert row["path"] == f"{row['name']}/latest.json"
    for page in ("index.html", "embed.js"):
        if (site / page).exists():
            assets = re.findall(r"assets/[^\"`?]+", (site / page).read_text())
            assert assets
            for asset in assets:
                assert (site / asset).stat().st_size > 0
    if (site / "index.html").exists():
        (card,) = re.findall(
            rf'{PAGE_MARK} href="([^"]+)"', (site / "index.html").read_text()
        )
        assert (site / card).is_file()
        assert card.split("/")[1] in live
        assert index.exists()
        assert (site / "_headers").exists()
    check_copies(site)
    return live


def check_copies(site: Path) -> None:
    """Assert that no compressed copy lies beside a file of other content, leftovers of
    a killed deletion aside.
    """
    for copy in (
        path
        for path in site.rglob("*")
        if is_copy(path) and "/.broken-" not in str(path)
    ):
        content = copy.read_bytes()
        text = (
            brotli.decompress(content)
            if copy.suffix == ".br"
            else gzip.decompress(content)
        )
        original = copy.with_name(copy.stem)
        assert not original.exists() or text == original.read_bytes(), copy


def scratch_in(*folders: Path) -> list[str]:
    """List what no finished operation leaves:

    temporary files and folders, and the name of a lock's holder.
    """
    found = [path for folder in folders for path in folder.rglob(".*")]
    return [
        str(path)
        for path in found
        if path.name not in (".lock", ".nojekyll", ".keras-web-pipeline")
    ]


def snapshot(folder: Path) -> dict[str, bytes]:
    """The content of every file below a folder, except locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def publish_folder(
    folder: Path, site: Path, web: Path, out: Path, **options: Any
) -> PublishedSite:
    """Open the version in a folder and publish it, as `pipeline build` does."""
    return publish_site(store.open_version(folder), site, web, out, **options)


class Place:
    """A store, a built page and a site, side by side."""

    def __init__(self, root: Path) -> None:
        self.out, self.web, self.site = (
            root / "out",
            make_web(root / "web"),
            root / "site",
        )
        self.said: list[str] = []

    def publish(
        self,
        weights: bytes = b"w1",
        *,
        embed_only: bool = False,
        key: Path | None = None,
        expires: int | None = None,
        **changes: Any,
    ) -> PublishedSite:
        version, said = make_version(self.out, weights, **changes), self.said.append
        options: dict[str, Any] = {
            "embed_only": embed_only,
            "signer": key and Signer.read(key),
            "progress": said,
        }
        return publish_folder(
            version, self.site, self.web, self.out, expires=expires, **options
        )

    def rollback(
        self,
        name: str = "digits",
        version: str | None = None,
        *,
        key: Path | None = None,
    ) -> PublishedSite:
        signer = Signer.read(key) if key else None
        return rollback(
            self.site, self.out, name, version, signer=signer, progress=self.said.append
        )

    def prune(
        self, name: str | None = None, *, keep: int = 0, days: float = 0, **options: Any
    ) -> dict[str, int]:
        """Prune a model, or all; unless said otherwise, to what is never deleted."""
        return prune(self.site, self.out, name, keep=keep, days=days, **options)

    def run(self, *words: str, code: int = 0) -> Result:
        """Run a command on these folders, which must end with the exit code."""
        done = CliRunner().invoke(
            cli, [*words, f"--site={self.site}", f"--store={self.out}"]
        )
        assert done.exit_code == code, done.output
        return done

    def json(self, path: str) -> Any:
        return json.loads((self.site / path).read_bytes())

    def card(self) -> str:
        """Where index.html finds the model card, for readers without JavaScript."""
        return (
            (self.site / "index.html")
            .read_text()
            .partition(f'{PAGE_MARK} href="')[2]
            .partition('"')[0]
        )
