"""`pipeline build` as a user runs it:

real images, real Keras, real TensorFlow.js, a real folder to publish.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.signing.bundle import read_signature
from tests.support.versions import scratch_in, snapshot
from tests.support.workshop import STAGES, Workshop, invoke


def test_json_is_one_document_with_the_contracts_keys(built: Workshop) -> None:
    document = json.loads((built.folder / "first.json").read_text())
    assert {
        "name",
        "version",
        "export_dir",
        "site_dir",
        "test_accuracy",
        "threshold",
        "gates",
        "verification",
    } <= set(document)
    assert set(document["seconds"]) == {*STAGES, "publish", "total"}
    assert document["name"] == f"{built.data.stem}-small"
    assert document["test_accuracy"] >= document["threshold"] == 0.7
    assert document["unchanged"] == []
    assert (
        Path(document["export_dir"])
        == built.folder / "exported_models" / document["name"] / document["version"]
    )
    results = {gate["name"]: gate["passed"] for gate in document["gates"]}
    # no earlier version is published
    assert (results["test accuracy"], results["baseline"]) == (
        True,
        None,
    )


def test_every_format_was_run_in_javascript_on_every_test_image(
    built: Workshop,
) -> None:
    document = json.loads((built.folder / "first.json").read_text())
    manifest = json.loads((Path(document["export_dir"]) / "manifest.json").read_text())
    assert manifest["verification"]["checks"] == document["verification"]
    ran = {(check["format"], check["runtime"]) for check in document["verification"]}
    layers = {
        (f"layers-{dtype}", runtime)
        for dtype in ("float32", "uint16", "uint8")
        for runtime in ("tfjs", "dense")
    }
    assert ran == layers  # nothing that the recipe does not ask for
    for check in document["verification"]:
        assert check["passed"]
        assert check["samples"] == 500
        if check["format"].endswith("float32"):
            assert 0 < check["max_abs_diff"] <= 1e-5
            assert check["test_accuracy"] == document["test_accuracy"]
    for fmt in manifest["formats"]:  # each has its worst numbers
        checks = [
            check for check in document["verification"] if check["format"] == fmt["id"]
        ]
        assert fmt["max_abs_diff"] == max(check["max_abs_diff"] for check in checks)
        assert fmt["argmax_agreement"] == min(
            check["argmax_agreement"] for check in checks
        )


def test_stdout_has_the_result_and_stderr_one_line_per_stage_and_epoch(
    built: Workshop,
) -> None:
    lines = (built.folder / "first.txt").read_text().splitlines()
    assert len({*lines}) == len(lines)
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        *STAGES,
        "publish",
    ]
    # Not the lines that say how far a slow training is: these have one space before the
    # loss.
    assert re.findall(r" epoch (\d)/4  loss", "\n".join(lines)) == ["1", "2", "3", "4"]


def test_a_second_build_says_unchanged_and_does_not_import_tensorflow(
    built: Workshop,
) -> None:
    code = (
        "import sys; from pipeline.cli.main import cli; cli.main(sys.argv[1:],"
        " standalone_mode=False); print(sorted({'tensorflow', 'keras'} &"
        " sys.modules.keys()))"
    )
    done = built.run(*built.build_arguments(), program=("-c", code))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    for stage in ("train", "evaluate", "export", "verify"):
        assert any(
            line.split()[:2] == [stage, "unchanged"]
            for line in done.stderr.splitlines()
        )


def test_force_runs_everything_and_gives_the_same_version_in_another_folder_and_process(
    copy: Workshop,
) -> None:
    before = copy.published()
    done = copy.build("--force", "--json")
    assert done.returncode == 0, done.stderr
    again, first = (
        json.loads(done.stdout),
        json.loads((copy.folder / "first.json").read_text()),
    )
    assert again["unchanged"] == []
    assert again["version"] == first["version"]
    after = copy.published()
    immutable = {path for path in before if first["version"] in path}
    assert all(before[path] == after[path] for path in immutable)


def test_a_build_prints_the_outcome_of_its_last_stage(built: Workshop) -> None:
    name, version = (
        f"{built.data.stem}-small",
        json.loads((built.folder / "first.json").read_text())["version"],
    )
    ends = {
        "data": str(built.data),
        "train": "model.keras",
        "evaluate": "test accuracy 0.",
        "verify": version,
    }
    for until, printed in ends.items():
        done = built.build("--until", until)
        assert (done.returncode, printed in done.stdout) == (0, True), done.stdout
    file = built.folder / "pad.html"
    done = built.run("versions", "single-file", name, str(file), "--json")
    assert (
        json.loads(done.stdout).items()
        >= {
            "version": version,
            "single_file": str(file),
        }.items()
    )
    assert "<sketch-classifier" in file.read_text()


def test_a_failed_gate_exits_3_and_changes_nothing_published_or_exported(
    built: Workshop,
) -> None:
    site, exported = built.published(), snapshot(built.folder / "exported_models")
    done = built.build(threshold=0.999)
    assert done.returncode == 3
    assert "not good enough: test accuracy" in done.stderr
    assert "FAILED" in done.stderr
    assert done.stdout == ""
    assert built.published() == site
    assert snapshot(built.folder / "exported_models") == exported


def test_a_model_worse_than_the_published_one_is_stopped_by_the_baseline(
    copy: Workshop,
) -> None:
    site = copy.published()
    done = copy.build("--set", "training.seed=5", epochs=1, threshold=0.1)
    assert done.returncode == 3, done.stderr
    assert "not good enough: baseline" in done.stderr
    assert re.search(
        r"on the same \S+ test images, recognizes 0\.\d{4}; the new model alone"
        r" misreads \d+ of them, the other "
        r"alone \d+: p = \S+ by McNemar's exact test, refused below 0\.05",
        done.stderr,
    ), done.stderr
    assert "--set gates.baseline_significance=0 accepts it" in done.stderr
    assert copy.published() == site
    accepted = copy.build(
        "--set",
        "training.seed=5",
        "--set",
        "gates.baseline_significance=0",
        epochs=1,
        threshold=0.1,
    )
    assert accepted.returncode == 0, accepted.stderr
    assert copy.published() != site


def test_a_build_leaves_a_rollback_alone_until_it_is_told_otherwise(
    copy: Workshop,
) -> None:
    first = json.loads((copy.folder / "first.json").read_text())
    name = first["name"]

    def build(*options: str) -> dict[str, Any]:
        done = copy.build("--set", "training.seed=2", *options, "--json")
        assert done.returncode == 0, done.stderr
        return {**json.loads(done.stdout), "said": done.stderr}

    bad = build()
    assert (bad["published"], bad["held"], bad["version"] == first["version"]) == (
        True,
        None,
        False,
    )
    assert copy.run("rollback", name).returncode == 0
    before = copy.published()

    planned = build("--dry-run")
    assert "publish   would not publish: a rollback holds the model" in planned["said"]
    night = build()
    assert night["held"] == planned["held"]
    assert (night["version"], night["published"]) == (bad["version"], False)
    release = night["held"]["release"]
    assert (release, night["held"]["live"]) == (
        f"pipeline versions release {name}",
        first["version"],
    )
    assert "not published: a rollback holds the model" in night["said"]
    assert copy.published() == before

    # another id, the same model
    equal = copy.build("--set", "training.seed=2", threshold=0.6)
    assert (equal.returncode, release in equal.stdout) == (0, True)
    quiet = copy.build("--set", "training.seed=2", "-q", threshold=0.6)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert copy.published() == before

    assert copy.run(*release.split()[1:]).returncode == 0
    (copy.folder / "site/models" / name / "latest.json").unlink()
    assert "lost, damaged or old latest.json" in copy.build("--dry-run").stderr
    told = build()
    assert "latest.json was lost" in told["warnings"][-1]
    assert (told["published"], told["held"], told["version"]) == (
        True,
        None,
        bad["version"],
    )
    copy.check_site()


def test_a_lost_store_and_lost_runs_are_told_once(copy: Workshop) -> None:
    name, version = (
        json.loads((copy.folder / "first.json").read_text())[key]
        for key in ("name", "version")
    )
    for lost, words in (
        ("runs", f"runs/{name} was lost"),
        ("exported_models", f"has lost {name} {version}, which"),
    ):
        shutil.rmtree(copy.folder / lost)
        documents = [json.loads(copy.build("--json").stdout) for _ in range(2)]
        assert [words in str(document["warnings"]) for document in documents] == [
            True,
            False,
        ]
        assert [len(document["warnings"]) for document in documents] == [1, 0]
        assert documents[1]["version"] == version


def test_while_a_rollback_holds_a_model_builds_renew_what_is_live_and_the_page_around_it(
    copy: Workshop,
) -> None:
    name, key, site = f"{copy.data.stem}-small", "--key=key.pem", copy.folder / "site"
    for words in (
        ["keygen", "key.pem"],
        ["sign", name, key],
        copy.build_arguments("--expires=30", key, threshold=0.6),
    ):
        assert copy.run(*words).returncode == 0
    back = json.loads(copy.run("rollback", name, key, "--json").stdout)
    live, latest = back["version"], site / "models" / name / "latest.json"
    assert (Path(back["export_dir"]), Path(back["site_dir"])) == (
        copy.folder / "exported_models" / name / live,
        site,
    )
    moved = ["--base-url=https://example.org/", "--expires=7"]
    for lost, options in (
        ("index.html", [key, *moved]),
        ("embed.js", ["--expires=9"]),
        ("", [key, "--force"]),
    ):
        latest.write_text(
            re.sub(
                '"expires":"[^"]+',
                '"expires":"2020-02-29T00:00:00Z',
                latest.read_text(),
            )
        )
        (site / lost).unlink() if lost else shutil.rmtree(site)
        document = json.loads(copy.build("--json", *options, threshold=0.6).stdout)
        assert (
            document["published"],
            document["held"]["live"],
            document["version"] != live,
        ) == (False, live, True)
        pointer, signature = (
            json.loads(latest.read_bytes()),
            read_signature(latest.with_name(f"{live}.sig")),
        )
        assert (pointer["version"], pointer["expires"] > "2021") == (live, True)
        copy.check_site()
        assert (signature.expires == pointer["expires"]) is (key in options)
        assert ("--key FILE renews that" in str(document["warnings"])) is (
            key not in options
        )
    assert copy.run("check", "site", f"{key}.pub").returncode == 0
    index = json.loads((site / "models/index.json").read_bytes())
    assert (index["base_url"], index["expires_days"]) == ("https://example.org/", 9)
    for root in (copy.folder / "exported_models", site / "models"):
        (root / name / live / "model.keras").unlink()
    assert (
        "Restore its folder"
        in json.loads(copy.build("--json", threshold=0.6).stdout)["warnings"][-1]
    )
    assert copy.build("--dry-run", threshold=0.6).stdout == "Would be written: site\n"


@pytest.mark.skipif(
    sys.platform == "win32", reason="a limit of the size of files needs resource"
)
@pytest.mark.parametrize(
    "limit",
    [
        *(pytest.param(n, marks=pytest.mark.all_only) for n in (15_000, 100_000)),
        1_000,
        1_000_000,
    ],
)
def test_a_disk_that_refuses_in_any_stage_exits_6_and_changes_nothing_published(
    copy: Workshop, limit: int
) -> None:
    """By their sizes:

    a record, the labels, the training images, the inputs for JavaScript.
    """
    site = copy.published()
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit},"
        f" {limit})); from pipeline.cli.main import main; main()"
    )
    train_again = [] if limit > 100_000 else ["--set", "training.seed=2"]
    (copy.folder / "runs" / f"{copy.data.stem}-small" / "verify.json").unlink()
    done = copy.run(*copy.build_arguments(*train_again), program=("-c", code))
    assert done.returncode == 6, done.stderr
    assert "Error: Cannot write runs/" in done.stderr
    assert copy.published() == site
    assert scratch_in(copy.folder) == []


def test_device_gpu_without_a_gpu_fails_before_data_are_read(tmp_path: Path) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    unreadable = tmp_path / "photos.npz"
    unreadable.write_bytes(b"no archive")
    done = invoke(tmp_path, "build", "--data", str(unreadable), "--device", "gpu")
    assert done.returncode == 2
    assert "TensorFlow lists no GPU. Install its CUDA libraries with" in done.stderr
    assert "tensorflow[and-cuda]" in done.stderr
    assert str(unreadable) not in done.stderr
