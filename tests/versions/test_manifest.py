import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError
from pipeline.system.json_records import to_json
from pipeline.versions.manifest import Manifest, read_manifest
from pipeline.versions.manifest import version_id as version_id_of
from tests.support.manifest_schema import PAGE, SCHEMA, page, schema
from tests.support.versions import EXAMPLE, files_of, manifest_with, typed


def version_id(manifest: dict[str, Any]) -> str:
    return version_id_of(typed(manifest))


def counting(*labels: int) -> dict[str, Any]:
    return {
        "labels": labels,
        "pixels": [0.8, *[0.01] * 14, 0.06],
        "mean": 0.1307,
        "deviation": 0.3081,
    }


def read(tmp_path: Path, manifest: object) -> Manifest:
    path = tmp_path / "manifest.json"
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    return read_manifest(path)


def test_a_complete_manifest_is_read_and_written_as_it_was(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    found = read(tmp_path, manifest)
    assert to_json(found) == manifest
    assert found.metrics is not None
    assert found.metrics.test_accuracy == 0.9561
    formats = [
        "layers-float32/model.json",
        "layers-float32/group1-shard1of1.bin",
        "graph-float32/model.json",
    ]
    others = ["README.md", "judging.json", "model.keras", "evaluation.json", "film.bin"]
    assert [file.path for file in found.listed_files] == [*formats, *others]


def test_a_bare_export_is_read(tmp_path: Path, manifest: dict[str, Any]) -> None:
    bare = {
        key: manifest[key]
        for key in ("schema", "name", "version", "created", "formats")
    }
    found = read(tmp_path, bare | {"metrics": None, "files": None, "labels": None})
    assert (found.metrics, found.files, found.labels, found.gates) == (None, {}, (), ())
    assert len(found.listed_files) == 3


def test_several_inputs_are_a_list_and_unknown_keys_are_ignored(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    specs = [manifest["input"] | {"name": name, "image": None} for name in ("a", "b")]
    found = read(tmp_path, manifest | {"input": specs})
    assert isinstance(found.input, tuple)
    assert [spec.name for spec in found.input] == ["a", "b"]
    assert found.image is None
    assert read(tmp_path, manifest | {"novelty": 1}) == typed(manifest)


@pytest.mark.parametrize(("where", "value", "message"), [
    ("schema", 2, "schema must be one of 1. Received: 2"),
    ("version", "latest", "12 hexadecimal digits. Received: 'latest'"),
    ("labels", [0, 1], r"labels\[0\] must be text. Received: 0"), ("formats", {}, "formats must be a list"),
    ("formats.0.files.0.path", "../../index.html", "must stay inside the version's folder"),
    ("formats.0.files.0.path", "/etc/passwd", "must stay inside"),
    ("formats.0.files.0.path", "a\\..\\b", "must stay inside"), ("formats.0.files.0.path", "C:/x", "must stay inside"),
    ("formats.0.files.0.path", ".hidden", "must stay inside"),
    ("files.keras.path", "manifest.json", "must stay inside"),
    # see `Manifest.card`
    ("files.card", {"path": "README.md", "bytes": 1, "sha256": ""}, "must stay inside"),
    ("card.path", "../README.md", r"card\.path must be 'README\.md'"),
    ("judging.path", "a.json", r"judging\.path must be 'judging\.json'"),
    ("formats.0.path", "other/model.json", "must be one of its files"),
    ("metrics", {"test_loss": 1.0}, "metrics.test_images is missing"),
    ("metrics.test_accuracy", "0.95", "must be a number. Received: '0.95'"),
    ("metrics.test_accuracy_interval", [0.9], "must be a list of 2. Received: "),
    ("metrics.per_class.0", {"label": "0", "precision": 1, "support": 3}, r"per_class\[0\].recall is missing"),
    ("verification.checks.0", {"format": "x"}, r"verification.checks\[0\].runtime is missing"),
    ("data.train_statistics", counting(1, 2), r"must count some images of each label. Received: \(1, 2\)"),
    ("data.test_statistics", counting(1, 0, 3), r"must count some images of each label. Received: \(1, 0, 3\)"),
    ("training.validation_accuracy", 1.5, r"validation_accuracy must be in 0..1. Received: 1.5 of 500 images"),
    ("training.validation_images", -1, r"validation_accuracy must be in 0..1. Received: 0.958 of -1 images"),
    ("gates.0.passed", 1, r"gates\[0\].passed must be true or false. Received: 1"),
])  # fmt: skip
def test_facts_that_others_rely_on_are_checked(
    tmp_path: Path, manifest: dict[str, Any], where: str, value: object, message: str
) -> None:
    *parents, last = where.split(".")
    target: Any = manifest
    for key in parents:
        target = target[int(key) if key.isdigit() else key]
    target[int(last) if last.isdigit() else last] = value
    with pytest.raises(PublishError, match=message) as error:
        read(tmp_path, manifest)
    assert "Export this model again." in str(error.value)


def test_missing_manifests_and_other_json_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="No such file"):
        read_manifest(tmp_path / "manifest.json")
    for text in ("", '{"schema": 1', "\x00\xff", '{"schema": NaN}', "[" * 5000):
        with pytest.raises(PublishError, match="is not JSON"):
            read(tmp_path, text)
    with pytest.raises(PublishError, match="it must be an object"):
        read(tmp_path, "[]")


def test_version_is_twelve_hexadecimal_digits_and_does_not_depend_on_key_order(
    manifest: dict[str, Any],
) -> None:
    version = version_id(manifest)
    assert len(version) == 12
    assert int(version, 16) >= 0
    assert version_id(dict(reversed(manifest.items()))) == version


ANOTHER_RUN: dict[str, Any] = (
    {
        "created": "2027-01-01T00:00:00Z",
        "version": "000000000000",
        "environment": {"python": "3.13.0"},
        "gates": [],
    }
    | {"card": None, "judging": None, "verification": None, "metrics": None}
    | {"skipped_formats": {"x": "y"}}
)
ANOTHER_MODEL: dict[str, Any] = (
    {
        "name": "other",
        "labels": ["a", "b", "c"],
        "recipe": {"name": "plain"},
        "files": {},
    }
    | {"input": {"name": "x", "shape": [1], "dtype": "float32", "image": None}}
    | {
        "output": {"name": "x", "shape": [3], "kind": "values"},
        "preprocess": {"drawing": [], "image": []},
    }
)


@pytest.mark.parametrize("key", [*ANOTHER_RUN, *ANOTHER_MODEL])
def test_facts_of_the_model_change_the_version_and_those_of_a_run_do_not(
    manifest: dict[str, Any], key: str
) -> None:
    other = manifest | {key: (ANOTHER_RUN | ANOTHER_MODEL)[key]}
    assert (version_id(other) == version_id(manifest)) is (key in ANOTHER_RUN)


def test_weights_data_seed_and_epochs_change_the_version(
    manifest: dict[str, Any],
) -> None:
    seen = {version_id(manifest), version_id(manifest_with(files_of(b"w2")))}
    for section, key, value in [
        ("data", "digest", "cd" * 32),
        ("training", "seed", 2),
        ("training", "epochs", 21),
    ]:
        seen.add(version_id(manifest | {section: manifest[section] | {key: value}}))
    assert len(seen) == 5
    training = manifest["training"] | {"device": "GPU", "seconds": 1.0}  # which do not
    assert version_id(manifest | {"training": training}) == version_id(manifest)


def test_bytes_of_other_files_and_graph_models_do_not_change_the_version_but_kinds_do(
    manifest: dict[str, Any],
) -> None:
    changed = copy.deepcopy(manifest)
    changed["formats"][1]["files"][0]["sha256"] = changed["files"]["evaluation"][
        "sha256"
    ] = "0" * 64
    assert version_id(changed) == version_id(manifest)
    changed["files"]["reference"] = changed["files"].pop("evaluation")
    assert version_id(changed) != version_id(manifest)
    assert version_id(manifest | {"formats": manifest["formats"][:1]}) != version_id(
        manifest
    )


def test_the_weights_count_where_there_is_only_a_graph_model(
    manifest: dict[str, Any],
) -> None:
    only = manifest | {"formats": manifest["formats"][1:]}
    changed = copy.deepcopy(only)
    changed["formats"][0]["files"][0]["sha256"] = "0" * 64
    assert version_id(changed) != version_id(only)


def test_the_schema_and_the_page_are_what_the_types_say_and_a_committed_manifest_is_valid() -> (
    None
):
    import jsonschema

    written = (json.loads(SCHEMA.read_text()), PAGE.read_text())
    assert written == (
        schema(),
        page(),
    ), "run `python -m tests.support.manifest_schema`"
    jsonschema.validate(json.loads((EXAMPLE / "manifest.json").read_text()), schema())
