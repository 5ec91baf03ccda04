"""`--run` computes the recorded answers again, and `--model` compares them with Keras."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.checking.check import check_target
from pipeline.errors import ConfigError, DataError
from pipeline.exporting.export import export_model
from pipeline.publication import publish_site
from pipeline.site.page import web_dir
from pipeline.site.serve import make_server
from pipeline.system.json_records import from_json
from pipeline.versions import store
from pipeline.versions.manifest import Manifest, version_id
from tests.support.checked import problems
from tests.support.hosts import running
from tests.support.versions import EXAMPLE


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """A copy of the committed example."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "export"))


def replace(folder: Path, path: str, content: bytes) -> None:
    """Replace a file and, in the manifest, all that follows from it."""
    digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
    (folder / path).write_bytes(content)
    manifest = folder / "manifest.json"
    text = manifest.read_text().replace(digest, hashlib.sha256(content).hexdigest())
    document = json.loads(text)
    for fmt in document["formats"]:
        for file in fmt["files"]:
            file["bytes"] = (folder / file["path"]).stat().st_size
        fmt["bytes"] = sum(file["bytes"] for file in fmt["files"])
    for file in document["files"].values():
        file["bytes"] = (folder / file["path"]).stat().st_size
    document["version"] = version_id(from_json(Manifest, document, ignore_unknown=True))
    manifest.write_text(
        json.dumps(document).replace(json.loads(text)["version"], document["version"])
    )


def change_reference(folder: Path, change: Callable[[Any], object]) -> None:
    document = json.loads((folder / "reference.json").read_bytes())
    change(document)
    replace(folder, "reference.json", json.dumps(document).encode())


def test_the_example_computes_what_it_records_and_what_its_keras_model_computes() -> (
    None
):
    report = check_target(str(EXAMPLE), run=True)
    assert report.problems == []
    answers = [one.detail for one in report.findings if one.check == "answers"]
    assert len(answers) == 3
    assert all(
        "100 images" in detail and "recorded answers" in detail for detail in answers
    )
    report = check_target(str(EXAMPLE), model=EXAMPLE / "model.keras")
    assert report.problems == []
    assert [one.check for one in report.findings].count("answers") == 3
    assert any(one.check == "model" for one in report.findings)


def test_a_site_with_the_real_page_passes(tmp_path: Path) -> None:
    site, out = tmp_path / "site", tmp_path / "out"
    publish_site(store.open_version(EXAMPLE), site, web_dir(), out)
    report = check_target(str(site))
    assert report.problems == []
    details = {
        one.check: one.detail for one in report.findings if one.subject == "page"
    }
    found, known = re.findall(r"\d+", details["files"])
    # the marker, which not every copy of a site has
    assert int(found) - int(known) == 1
    assert not details["pins"].startswith("0 ")
    with running(make_server(site, 0)) as address:
        over_http = check_target(address, run=True)
    assert over_http.problems == []
    assert [one.check for one in over_http.findings].count("answers") == 3
    # also where the hash in a name is not one of the content
    for name in (
        "index-",
        "ink-",
        "engine-tfjs-",
        "embed-",
    ):
        asset = next(site.glob(f"assets/{name}*.js"))
        asset.write_text(asset.read_text() + "//")
        assert any(asset.name in problem for problem in problems(site)), name
    for name in ("embed.js", "load.js", "frame.js"):  # which nobody pins
        (site / name).write_text((site / name).read_text() + "//")
        assert any(problem.startswith(f"{name} ") for problem in problems(site)), name


def test_other_weights_are_found_although_every_digest_fits(version: Path) -> None:
    path = "layers-uint8/group1-shard1of1.bin"
    replace(version, path, (version / path).read_bytes()[::-1])
    assert problems(version) == []
    found = problems(version, run=True)
    assert len(found) == 1
    assert (
        "layers-uint8/model.json computes something else in TensorFlow.js: output"
        " 'probabilities' differs by" in found[0]
    )


def test_other_answers_are_found_although_every_digest_fits(version: Path) -> None:
    change_reference(
        version, lambda document: document["images"][7]["probabilities"].reverse()
    )
    assert problems(version) == []
    assert len(problems(version, run=True)) == 3
    found = problems(version, model=version / "model.keras")
    assert len(found) == 1
    assert "records other answers than those of this model" in found[0]


@pytest.mark.parametrize("change", [
    *(lambda document, size=size: document.update(size) for size in ({"height": 10**9}, {"height": 0}, {"width": 27})),
    lambda document: document["images"][0].update(probabilities="none"),
    lambda document: document["images"][0]["probabilities"].pop(), lambda document: document.pop("images"),
])  # fmt: skip
def test_reference_images_that_cannot_be_used_are_a_problem(
    change: Callable[[Any], object], version: Path
) -> None:
    change_reference(version, change)
    [problem] = problems(version, run=True)
    assert "has reference images that cannot be used" in problem


def test_a_damaged_version_is_not_run(version: Path) -> None:
    (version / "model.keras").write_bytes(b"other")
    report = check_target(str(version), run=True)
    assert len(report.problems) == 1
    assert not [one for one in report.findings if one.check == "answers"]


def small_model(keras: Any, seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6,), name="features"),
            layers.Dense(5, "relu"),
            layers.Dense(3, "softmax"),
        ]
    )


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_an_export_is_compared_with_its_keras_model(
    dtype: Any, keras: Any, tmp_path: Path
) -> None:
    model = small_model(keras, 1)
    model.save(tmp_path / "m.keras")
    export_model(model, tmp_path / "export", dtype=dtype)
    report = check_target(str(tmp_path / "export"), model=tmp_path / "m.keras")
    assert (report.kind, report.problems) == ("export", [])
    assert any(
        one.detail.startswith(f"layers-{dtype}: random inputs, within")
        for one in report.findings
    )
    alone = check_target(str(tmp_path / "export"), run=True)
    assert any("none are recorded" in one.detail for one in alone.findings)
    small_model(keras, 2).save(tmp_path / "other.keras")
    [problem] = problems(tmp_path / "export", model=tmp_path / "other.keras")
    assert "computes something else in TensorFlow.js" in problem
    keras.Sequential([keras.Input((6,), name="numbers"), keras.layers.Dense(3)]).save(
        tmp_path / "third.keras"
    )
    [problem] = problems(tmp_path / "export", model=tmp_path / "third.keras")
    assert "takes features, but the Keras model numbers" in problem


def test_a_model_goes_with_one_version(version: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="The model file must exist"):
        check_target(str(version), model=tmp_path / "none.keras")
    folder = tmp_path / "store"
    for name in ("one", "two"):
        shutil.copytree(EXAMPLE, folder / name / EXAMPLE.name)
        (folder / name / "latest.json").write_text(
            json.dumps({"version": EXAMPLE.name})
        )
    with pytest.raises(ConfigError, match="--model goes with one version"):
        check_target(str(folder), model=version / "model.keras")


def test_strings_become_the_same_numbers_or_that_is_found(
    keras: Any, tmp_path: Path
) -> None:
    layers = keras.layers
    text = keras.Input((1,), dtype="string", name="text")
    ids = layers.TextVectorization(
        vocabulary=["good", "bad"], output_sequence_length=3
    )(text)
    model = keras.Model(
        text, layers.Dense(2)(layers.Flatten()(layers.Embedding(4, 2)(ids))), name="m"
    )
    model.save(tmp_path / "m.keras")
    out = tmp_path / "out"
    export_model(model, out)
    checked: dict[str, Any] = {"model": tmp_path / "m.keras"}
    assert "the same of 64 strings" in str(check_target(str(out), **checked).findings)
    assert problems(out, **checked) == []
    strings = json.loads((out / "strings.json").read_text())
    strings["preparations"][0]["vocabulary"].reverse()
    replace(out, "strings.json", json.dumps(strings).encode())
    [wrong] = problems(out, **checked)
    assert (
        "computes something else from strings: load() must turn strings into the"
        " numbers" in wrong
    )
    assert (
        problems(out / "model.json", samples={"text": ["Bad!", "good"]}, **checked)
        == []
    )
