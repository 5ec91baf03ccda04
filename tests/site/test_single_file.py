"""One HTML file with the pad, its code and a model.

tests/browser/single-file.test.ts opens it in three browsers.
"""

import base64
import dataclasses
import hashlib
import html
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, DiskError, PublishError
from pipeline.site import single_file
from pipeline.site.page import web_dir
from pipeline.site.single_file import write_single_file
from pipeline.system.json_records import save
from pipeline.versions.manifest import MANIFEST_NAME, read_manifest
from tests.support.versions import EXAMPLE


def written(tmp_path: Path, version: Path = EXAMPLE) -> str:
    write_single_file(version, tmp_path / "one.html", web_dir())
    return (tmp_path / "one.html").read_text(encoding="utf-8")


def copied(to: Path, **changes: Any) -> Path:
    """The version's manifest and its default format, in a folder of their own, with
    another manifest.
    """
    manifest = read_manifest(EXAMPLE / MANIFEST_NAME)
    for file in next(
        fmt for fmt in manifest.formats if fmt.id == manifest.default_format
    ).files:
        (to / file.path).parent.mkdir(parents=True, exist_ok=True)
        (to / file.path).write_bytes((EXAMPLE / file.path).read_bytes())
    save(to / MANIFEST_NAME, dataclasses.replace(manifest, **changes))
    return to


def test_it_holds_the_model_and_is_small(tmp_path: Path) -> None:
    text = written(tmp_path)
    assert len(text.encode()) <= 250_000
    found = re.search(
        r'<script type="application/json" id="model">(.*?)</script>', text
    )
    assert found
    held = json.loads(found[1])
    manifest = read_manifest(EXAMPLE / MANIFEST_NAME)
    fmt = next(fmt for fmt in manifest.formats if fmt.id == manifest.default_format)
    assert held["format"] == fmt.id
    assert set(held["files"]) == {MANIFEST_NAME, *(file.path for file in fmt.files)}
    for path, content in held["files"].items():
        assert base64.b64decode(content) == (EXAMPLE / path).read_bytes()


def hashed(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def test_its_policy_allows_its_own_script_and_style_and_no_request(
    tmp_path: Path,
) -> None:
    text = written(tmp_path)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy[1]).split("; "))
    assert rules["default-src"] == "'none'"
    for rule, pattern in (
        ("script-src", r"<script>(.*?)</script>"),
        ("style-src", r"<style>(.*?)</style>"),
    ):
        (content,) = re.findall(pattern, text, re.DOTALL)
        assert rules[rule] == hashed(content)
    assert re.findall(
        r"""(?:src|href)=["']([^"']*)""",
        re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL),
    ) == ["data:,"]


def test_names_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    folder = copied(tmp_path / "v", title="<b>&</script>", noun='"x')
    text = written(tmp_path, folder)
    assert "<title>&lt;b&gt;&amp;&lt;/script&gt;</title>" in text
    assert "draw one &quot;x" in text
    assert "<b>" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)


def test_tensorflow_js_comes_with_its_licenses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_file, "_runs_without_tfjs", lambda _: False)
    text = written(tmp_path)
    assert (web_dir().parent / "single" / "single-tfjs.js").read_text(
        encoding="utf-8"
    ) in text
    assert "@tensorflow/tfjs-core" in text.partition('id="licenses"')[2]
    assert "; script-src 'sha256-" in text
    assert "' 'wasm-unsafe-eval'; style-src" in text


@pytest.mark.parametrize(("change", "expected"), [
    ({}, True), ({"class_name": "Conv2D"}, False), ({"config": {"activation": "gelu"}}, False),
    ({"config": {"activation": {"class_name": "Mine"}}}, False),
])  # fmt: skip
def test_only_a_chain_of_dense_layers_needs_no_tensorflow_js(
    change: dict[str, Any], expected: bool
) -> None:
    model = json.loads((EXAMPLE / "layers-float32" / "model.json").read_text())
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    layers[-1] |= change
    assert single_file._runs_without_tfjs(json.dumps(model).encode()) is expected


def test_the_layers_that_need_no_tensorflow_js_are_the_engines() -> None:
    dense = Path(__file__).parents[2] / "web" / "src" / "runtime" / "dense"
    rules = (
        (dense / "engine.ts").read_text().partition("const rules")[2].partition("};")[0]
    )
    assert set(single_file._LAYERS) <= set(
        re.findall(r"^  (\w+)[:(]", rules, re.MULTILINE)
    )
    curves = (
        (dense / "activations.ts")
        .read_text()
        .partition("const activations")[2]
        .partition("};")[0]
    )
    assert set(single_file._ACTIVATIONS) == set(
        re.findall(r"^  (\w+)[:,]", curves, re.MULTILINE)
    )


def test_models_and_paths_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not say how a drawing"):
        written(tmp_path, copied(tmp_path / "v", preprocess=None))
    with pytest.raises(PublishError, match="Cannot write"):
        write_single_file(
            EXAMPLE, tmp_path / "v" / MANIFEST_NAME / "one.html", web_dir()
        )
    with pytest.raises(PublishError, match="not built"):
        write_single_file(EXAMPLE, tmp_path / "one.html", tmp_path / "site")
    assert not (tmp_path / "one.html").exists()


def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DiskError) as caught:
        write_single_file(EXAMPLE, pipe, web_dir())
    assert "a pipe, a device or a socket, not a regular file" in str(caught.value)
    assert "Choose a path that is free or holds a regular file" in str(caught.value)
    assert pipe.is_fifo()
