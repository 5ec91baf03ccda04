"""The whole command as a user runs it: real images, real Keras, real TensorFlow.js, a real folder to publish."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

STAGES = ["data", "train", "evaluate", "export", "verify"]
RECIPE = """
[preprocess]
deskew = true
[training]
epochs = {epochs}
[gates]
threshold = {threshold}
class_recall = 0.3
baseline_margin = {margin}
"""


@dataclass
class Workshop:
    """A folder with a recipe, in which the command line is run."""

    folder: Path
    data: Path

    def recipe(self, *, epochs: int = 4, threshold: float = 0.7, margin: float = 0.05) -> str:
        path = self.folder / "small.toml"
        path.write_text(RECIPE.format(epochs=epochs, threshold=threshold, margin=margin))
        return str(path)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipeline", *arguments]

    def build(self, *arguments: str, **recipe: Any) -> subprocess.CompletedProcess[str]:
        return self.run(
            "build", "--recipe", self.recipe(**recipe), "--data", str(self.data), "--device", "cpu", *arguments
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments), cwd=self.folder, capture_output=True, text=True, check=False)

    def start(self, *arguments: str, **recipe: Any) -> subprocess.Popen[str]:
        command = self.command(
            "build", "--recipe", self.recipe(**recipe), "--data", str(self.data), "--device", "cpu", *arguments
        )
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def published(self) -> dict[str, str]:
        """Every published file with its digest, but for the lock."""
        return digests(self.folder / "site")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def check_site(site: Path) -> None:
    """Every pointer leads to a complete version whose files have their digests."""
    from tests.support.versions import problems_of

    index = json.loads((site / "models/index.json").read_text())
    assert index["models"]
    for model in index["models"]:
        pointer = site / "models" / model["path"]
        version = pointer.parent / json.loads(pointer.read_text())["version"]
        assert problems_of(version) == []
    assert (site / "index.html").exists()


@pytest.fixture
def workshop(tmp_path: Path, small_npz: Path) -> Workshop:
    return Workshop(tmp_path, small_npz)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_npz: Path) -> Workshop:
    """One published build; tests that change it copy it."""
    workshop = Workshop(tmp_path_factory.mktemp("built"), small_npz)
    done = workshop.build("--json")
    assert done.returncode == 0, done.stderr
    (workshop.folder / "first.json").write_text(done.stdout)
    (workshop.folder / "first.txt").write_text(done.stderr)
    return workshop


@pytest.fixture
def copy(built: Workshop, tmp_path: Path) -> Workshop:
    """A copy of the published build, at a place of its own. Its records name files of the original, which stay."""
    shutil.copytree(built.folder, tmp_path / "copy")
    return Workshop(tmp_path / "copy", built.data)


def test_json_is_one_document_with_the_contracts_keys(built: Workshop) -> None:
    document = json.loads((built.folder / "first.json").read_text())
    assert {"name", "version", "export_dir", "site_dir", "test_accuracy", "threshold", "gates", "verification"} <= set(
        document
    )
    assert set(document["seconds"]) == {*STAGES, "publish", "total"}
    assert document["name"] == f"{built.data.stem}-small"
    assert document["threshold"] == 0.7
    assert document["test_accuracy"] >= 0.7
    assert document["unchanged"] == []
    assert Path(document["export_dir"]) == built.folder / "exported_models" / document["name"] / document["version"]
    assert all(gate["passed"] for gate in document["gates"])


def test_every_format_was_run_in_javascript_on_every_test_image(built: Workshop) -> None:
    document = json.loads((built.folder / "first.json").read_text())
    manifest = json.loads((Path(document["export_dir"]) / "manifest.json").read_text())
    assert manifest["verification"]["checks"] == document["verification"]
    ran = {(check["format"], check["runtime"]) for check in document["verification"]}
    layers = {(f"layers-{dtype}", runtime) for dtype in ("float32", "uint16", "uint8") for runtime in ("tfjs", "dense")}
    assert layers <= ran
    assert ("graph-float32", "tfjs") in ran or "graph-float32" in manifest["skipped_formats"]
    for check in document["verification"]:
        assert check["passed"]
        assert check["samples"] == 500
        if check["format"].endswith("float32"):
            assert 0 < check["max_abs_diff"] <= 1e-5
            assert check["test_accuracy"] == document["test_accuracy"]


def test_stdout_has_the_result_and_stderr_one_line_per_stage_and_epoch(built: Workshop) -> None:
    lines = (built.folder / "first.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [*STAGES, "publish"]
    assert sum(" epoch " in line for line in lines) == 4


def test_a_second_build_says_unchanged_and_does_not_import_tensorflow(copy: Workshop, built: Workshop) -> None:
    code = (
        "import sys; from pipeline.cli import cli; cli.main(sys.argv[1:], standalone_mode=False); "
        "print(sorted({'tensorflow', 'keras'} & sys.modules.keys()))"
    )
    arguments = ["build", "--recipe", built.recipe(), "--data", str(built.data), "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=built.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    for stage in ("train", "evaluate", "export", "verify"):
        assert any(line.split()[:2] == [stage, "unchanged"] for line in done.stderr.splitlines())


def test_force_runs_everything_and_gives_the_same_version(built: Workshop) -> None:
    before = built.published()
    done = built.build("--force", "--json")
    assert done.returncode == 0, done.stderr
    again, first = json.loads(done.stdout), json.loads((built.folder / "first.json").read_text())
    assert again["unchanged"] == []
    assert again["version"] == first["version"]
    after = built.published()
    immutable = {path for path in before if first["version"] in path}
    assert all(before[path] == after[path] for path in immutable)


def test_another_folder_gives_the_same_version_id(workshop: Workshop, built: Workshop) -> None:
    done = workshop.build("--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["version"] == json.loads((built.folder / "first.json").read_text())["version"]


def test_a_failed_gate_exits_3_and_changes_nothing_published_or_exported(built: Workshop) -> None:
    site, exported = built.published(), digests(built.folder / "exported_models")
    done = built.build(threshold=0.999)
    assert done.returncode == 3
    assert "not good enough: test accuracy" in done.stderr
    assert "FAILED" in done.stderr
    assert done.stdout == ""
    assert built.published() == site
    assert digests(built.folder / "exported_models") == exported


def test_a_model_worse_than_the_published_one_is_stopped_by_the_baseline(copy: Workshop) -> None:
    site = copy.published()
    done = copy.build("--seed", "5", epochs=1, threshold=0.1, margin=0.0)
    assert done.returncode == 3, done.stderr
    assert "not good enough: baseline" in done.stderr
    assert copy.published() == site


def test_a_second_model_is_published_beside_the_first_and_rolls_back(copy: Workshop) -> None:
    first = json.loads((copy.folder / "first.json").read_text())
    done = copy.build("--seed", "2", "--json")
    assert done.returncode == 0, done.stderr
    second = json.loads(done.stdout)
    assert second["version"] != first["version"]
    check_site(copy.folder / "site")

    listed = json.loads(copy.run("list", "--json").stdout)
    assert {row["version"]: row["live"] for row in listed} == {first["version"]: False, second["version"]: True}

    done = copy.run("rollback", first["name"])
    assert done.returncode == 0, done.stderr
    pointer = copy.folder / "site/models" / first["name"] / "latest.json"
    assert json.loads(pointer.read_text())["version"] == first["version"]
    check_site(copy.folder / "site")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--recipe", "sofmax"], 2, "Did you mean 'softmax'?"),
        (["--threshold", "95"], 2, "threshold must be in 0..1. Received: 95.0"),
        (["--threshold", "high"], 2, "Invalid value for '--threshold'"),
        (["--name", "../escape"], 2, "'../escape'"),
        (["--epochs", "0"], 2, "epochs must be at least 1. Received: 0"),
        (["--device", "tpu"], 2, "'tpu' is not one of"),
        (["--data", "gone.npz"], 5, "gone.npz"),
        (["--data", "cut.npz"], 5, "cut.npz"),
        (["--site", "file/site"], 6, "file"),
        (["--out", "file/out"], 6, "file"),
        (["--runs", "file/runs"], 6, "Cannot write"),
    ],
)
def test_bad_input_has_its_exit_code_and_message_and_changes_nothing(
    built: Workshop, arguments: Sequence[str], code: int, message: str
) -> None:
    (built.folder / "file").write_text("not a folder")
    (built.folder / "cut.npz").write_bytes(built.data.read_bytes()[:1000])
    site, exported = built.published(), digests(built.folder / "exported_models")
    done = built.build(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert built.published() == site
    assert digests(built.folder / "exported_models") == exported


def test_ctrl_c_exits_130_and_the_next_build_resumes(workshop: Workshop) -> None:
    process = workshop.start(epochs=2000)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch    3/2000" in line:
            process.send_signal(signal.SIGINT)
            break
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Run the same command again to continue" in stderr
    assert not (workshop.folder / "exported_models").exists()

    process = workshop.start(epochs=2000)
    assert process.stderr is not None
    resumed = next(line for line in process.stderr if "resuming after epoch" in line)
    process.kill()
    process.communicate()
    assert int(resumed.split()[3]) >= 3


def test_sigkill_in_any_stage_leaves_what_was_published_and_the_next_build_succeeds(copy: Workshop) -> None:
    site = copy.published()
    for stage in STAGES:  # the line of a stage is printed at its end, so this kills in the one after it
        process = copy.start("--seed", "3")
        assert process.stderr is not None
        for line in process.stderr:
            if line.split()[0] == stage:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        if stage != "verify":  # killed in publish: old or new, both are whole
            assert copy.published() == site
        check_site(copy.folder / "site")
    done = copy.build("--seed", "3", "--json")
    assert done.returncode == 0, done.stderr
    check_site(copy.folder / "site")
    leftovers = [path for path in (copy.folder / "exported_models").rglob(".*") if not path.name.startswith(".lock")]
    assert leftovers == []


def test_two_builds_at_once_both_succeed_one_after_the_other(copy: Workshop) -> None:
    first, second = copy.start("--seed", "4", "--json"), copy.start("--seed", "4", "--json")
    outputs = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert sum("Waiting for" in stderr for _, stderr in outputs) == 1
    documents = [json.loads(stdout) for stdout, _ in outputs]
    assert documents[0]["version"] == documents[1]["version"]
    assert sorted(len(document["unchanged"]) for document in documents) == [0, 4]
    check_site(copy.folder / "site")
